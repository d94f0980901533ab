"""What the approval API invokes."""
