"""What people see of everything at once: what is live, what moves, what waits for whom, what is quarantined."""
