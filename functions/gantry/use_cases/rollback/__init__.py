"""A manual rollback: restore, stop what was in flight, record."""
