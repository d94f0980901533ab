"""Lambda: functions, their versions and aliases, and how they run."""
