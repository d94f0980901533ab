"""One module per function: parse the event, call the domain and the adapters, answer with a small dictionary."""
