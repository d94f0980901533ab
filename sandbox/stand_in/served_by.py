"""The headers that say what served a request to a load balancer. On AWS a task would have to say it itself."""

from typing import Final

DIGEST: Final = "X-Sandbox-Image-Digest"
REVISION: Final = "X-Sandbox-Task-Definition"
"""Such as `cowsay:12`."""
