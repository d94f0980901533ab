"""CloudWatch: alarms that watch their metrics, and the events, history and data of both."""
