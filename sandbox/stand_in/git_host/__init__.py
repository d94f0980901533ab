"""A small GitHub on 127.0.0.1 over a real Git repository: an App, its tokens, files, commits and pull requests."""
