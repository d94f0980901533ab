"""A change of configuration alone: each environment keeps the artifact that is live there."""
