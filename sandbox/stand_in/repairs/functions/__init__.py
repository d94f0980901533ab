"""Lambda: what runs, under which version, and who may call it."""
