"""The states of the deployment machine: mechanics, one target."""
