"""What administrators allow: which service may deploy where, and the least that protects an environment."""
