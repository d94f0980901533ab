"""What a promotion would do, found out by the pipeline's own code, which only reads here."""
