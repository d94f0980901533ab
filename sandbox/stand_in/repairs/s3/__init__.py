"""S3: copies from other accounts, on a condition, with their tags and checksums; and what its events say."""
