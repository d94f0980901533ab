"""S3: copies on a condition, and their checksums."""
