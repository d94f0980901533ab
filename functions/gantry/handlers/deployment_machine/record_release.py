"""RecordRelease: what is live, its history and the end of the lease, in one transaction; then it notifies."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.use_cases.record_release import ReleaseRecord, record_release


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the `revision` that the ledger calls live.

    Raises:
        LeaseLostError: somebody rolled back or took over in the meantime, so the ledger is theirs to write.
        NotificationError: everything is recorded, but somebody could not be notified.
    """
    return entry.payload(record_release(entry.parse(ReleaseRecord, event), entry.services()))
