"""The kind `ecs`: an ECS service, and the container in its task definition that gets the image."""
