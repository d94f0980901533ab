"""RecordFailure: the history, the quarantine, the end of the lease and the notifications, after a failure."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.use_cases.record_failure import FailedDeployment, record_failure


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the `cause` that the execution fails with: what went wrong and what it means for the traffic.

    Raises:
        NotificationError: everything is recorded, but somebody could not be notified.
    """
    return entry.payload(record_failure(entry.parse(FailedDeployment, event), entry.services()))
