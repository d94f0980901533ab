"""ECR: images, by digest and with their layers."""
