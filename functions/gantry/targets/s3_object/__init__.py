"""Objects in S3: one under its key, or many behind a pointer."""
