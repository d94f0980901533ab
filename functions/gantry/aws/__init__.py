"""Adapters: one AWS noun a module, the client injected. They know the domain's types and errors, not its rules."""
