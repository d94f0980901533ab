"""Write what is live back to Git."""
