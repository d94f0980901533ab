"""What deploys the pipeline and works with it, through AWS' own APIs and the pipeline's own pages."""
