"""RecordRollback: the ledger, the quarantine, the leases and the notifications, once the older revision is back."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.use_cases.rollback.record_rollback import RollbackRecord, record_rollback


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return a `summary` of what was done, and what was `restored`.

    Raises:
        RollbackIncompleteError: everything is recorded, but a target could not be restored or a deployment not stopped.
        LeaseLostError: another execution took a target over and writes its ledger.
        NotificationError: everything is recorded, but somebody could not be notified.
    """
    return entry.payload(record_rollback(entry.parse(RollbackRecord, event), entry.services()))
