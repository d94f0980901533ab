"""The states of the promotion machine: people and policy."""
