"""Gantry: one release through dev, staging and prod, each in an account of its own."""
