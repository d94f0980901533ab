"""Adapters of the services that hold Git repositories."""
