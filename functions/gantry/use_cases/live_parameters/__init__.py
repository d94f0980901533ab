"""Write what is live into the workload accounts."""
