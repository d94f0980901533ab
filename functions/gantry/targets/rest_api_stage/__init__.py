"""A stage of a REST API in API Gateway, which gets an OpenAPI document."""
