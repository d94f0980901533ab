"""The domain: pure rules. Nothing here calls AWS, reads the clock or the environment."""
