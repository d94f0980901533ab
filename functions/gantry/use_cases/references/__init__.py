"""What configuration refers to, looked up in the accounts of the targets."""
