"""API Gateway's REST APIs: documents, deployments, stages with canaries, requests through them, and access logs."""
