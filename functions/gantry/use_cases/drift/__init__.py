"""Look for drift, and tell people when it is found and when it has ended."""
