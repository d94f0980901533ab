"""Wait for the infrastructure that a release needs, and remember what was there."""
