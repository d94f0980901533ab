"""API Gateway's HTTP APIs: routes, stages, authorizers, payloads, and the custom domain."""
