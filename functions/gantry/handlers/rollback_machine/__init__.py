"""The states of the rollback machine, which a person starts."""
