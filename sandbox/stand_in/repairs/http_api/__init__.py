"""API Gateway's HTTP APIs: routes, stages, who may call them, what a function gets, and the custom domain."""
