"""What a manifest would be for functions that exist already, and what is in the way."""
