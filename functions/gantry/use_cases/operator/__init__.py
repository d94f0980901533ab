"""What operators see, read from the ledger and never changed."""
