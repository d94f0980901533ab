"""Adapters: one module for each AWS noun, with the client injected. They know the domain's types, not its rules."""
