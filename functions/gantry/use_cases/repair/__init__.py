"""The repair: what ended half-way is brought into a known state."""
