"""What a release needs from the infrastructure of an environment before it may come there."""
