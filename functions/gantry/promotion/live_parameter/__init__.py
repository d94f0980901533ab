"""What is live, as parameters say it in the workload accounts."""
