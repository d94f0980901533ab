"""ECR: images with their digests and layers."""
