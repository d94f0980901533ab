"""RecordRollback: the ledger, the quarantine, the leases and the notifications, once the older revision is back."""

from dataclasses import dataclass
from typing import Any

from gantry.handlers import entry
from gantry.handlers.rollback_machine.rollback_input import rollback_input
from gantry.observability import logger, metrics
from gantry.promotion.deployment import StateEntry
from gantry.use_cases.rollback.record_rollback import RollbackRecord, RollbackSubject, record_rollback
from gantry.use_cases.rollback.restore_version import RestoredTarget


@dataclass(frozen=True, slots=True)
class RecordEvent(StateEntry):
    """The state's payload."""

    request: Any
    restored: tuple[RestoredTarget, ...]
    stopped: tuple[str, ...]
    problems: tuple[str, ...]

    def record(self) -> RollbackRecord:
        """Return what the rollback has come to."""
        typed = rollback_input(self.request)
        subject = RollbackSubject(
            typed.service, typed.environment, typed.started_by, typed.reason, typed.rollback.promotion
        )
        return RollbackRecord(self.execution, self.entered_at, subject, self.restored, self.stopped, self.problems)


entry.at_start(
    lambda services: (services.ledger, services.leases, services.notification_log, services.events, services.topic),
    RecordEvent,
)


@logger.inject_lambda_context
@metrics.log_metrics
@entry.rehearsed
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return a `summary` of what was done, and what was `restored`.

    Raises:
        RollbackIncompleteError: everything is recorded, but a target could not be restored or a deployment not stopped.
        LeaseLostError: another execution took a target over and writes its ledger.
        NotificationError: everything is recorded, but somebody could not be notified.
    """
    return entry.payload(record_rollback(entry.parse(RecordEvent, event).record(), entry.services()))
