"""EventBridge: delivery to targets, with the permissions that it needs."""
