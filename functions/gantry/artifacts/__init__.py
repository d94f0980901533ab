"""The kinds of artifact: where each lies, which one can run, and who pushed it."""
