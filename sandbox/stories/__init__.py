"""What is tried on the deployed pipeline: the demo, the bench, the fault matrix and the races."""
