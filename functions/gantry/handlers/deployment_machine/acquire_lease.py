"""AcquireLease: makes this deployment the only one that may change the target, as soon as it is its turn.

The task waits for its token, which whoever gives the lease back answers, or this function when nobody holds it.
"""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.acquire_lease import AcquireRequest, acquire_lease

_ADVICE = (
    "Promotions start deployments: start the promotion machine instead, with an input like "
    '{"repository": "cowsay", "tag": "4f0c2d1", "environments": ["prod"]}.'
)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Ask for the lease. The task is answered with its fencing number as `fence`, now or later.

    Raises:
        InvalidRequestError: a person has started the machine with something that is no deployment.
        QuarantinedError: the digest was rolled back since the promotion began.
        DeploymentSupersededError: a newer release is live there.
        NotificationError: an execution whose waiting has ended could not be notified.
    """
    acquire_lease(entry.parse(AcquireRequest, event, _ADVICE), entry.services())
    return {}
