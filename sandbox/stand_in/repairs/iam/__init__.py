"""IAM: who may do what, with the names and ARNs that AWS uses."""
