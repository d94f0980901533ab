"""AwaitReplication: decides whether the release's artifact is in every region where the environment has targets."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.await_replication import ReplicationRequest, await_replication


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the `regions` that it is in. Entered only for targets in other regions than the pipeline's.

    Raises:
        ReplicationFailedError: it will not arrive by itself; the message says what to do.
        ReplicationPendingError: it is on its way. The definition looks again.
    """
    return entry.payload(await_replication(entry.parse(ReplicationRequest, event), entry.services()))
