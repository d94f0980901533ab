"""What a session for one target of the kind `memory` may do."""

from gantry.aws.session_policy import Right
from gantry.promotion.target import Target


def rights(target: Target) -> tuple[Right, ...]:
    """Return the target in its pool."""
    return (Right(("memory:MoveTraffic", "memory:RegisterRevision"), (target.arn,)),)
