"""Services whose deployments take their steps by themselves, and wait where they are told to."""
