"""What Gantry does: each module one use case, on one `Services` object. No events, no HTTP, no environment."""
