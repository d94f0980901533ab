"""IAM: who may do what, by the names and ARNs that AWS uses."""
