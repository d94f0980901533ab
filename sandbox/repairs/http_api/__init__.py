"""API Gateway's HTTP APIs: their routes, their payload and their custom domain."""
