"""Commands for people and for CI, on the same rules as the pipeline."""
