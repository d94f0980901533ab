"""What is written back to Git: which values of the ledger, into which files, and how the files are changed."""
