"""CloudWatch: alarms that watch their metrics, and what they and the metrics tell."""
