"""The judge: whether a canary is worse than the stable revision, by what is known of both."""
