"""CloudWatch Logs: patterns that find log events, and the metrics that are made of them."""
