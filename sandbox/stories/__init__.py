"""What is tried on the deployed pipeline: the demo, the bench, the faults and the races."""
