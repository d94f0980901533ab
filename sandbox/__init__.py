"""The pipeline on one machine: a local stand-in for AWS with four accounts, and what is needed to use it."""
