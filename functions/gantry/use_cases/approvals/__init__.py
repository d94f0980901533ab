"""People are asked before a release reaches an environment, and their answers decide."""
