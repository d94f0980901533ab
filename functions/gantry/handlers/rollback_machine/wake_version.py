"""WakeVersion: wakes the revisions that a rollback is to restore and that sleep, and looks until they are awake."""

from typing import Any

from gantry.handlers import entry
from gantry.handlers.rollback_machine.rollback_input import RollbackEvent
from gantry.observability import logger
from gantry.use_cases.rollback.wake_version import wake_version

entry.at_start(lambda services: (services.in_a_hurry().expect_targets("lambda"), services.ledger), RollbackEvent)


@logger.inject_lambda_context
@entry.rehearsed
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the targets that are `awake`, and those that are `not_awake` after two minutes or may not be woken.

    Raises:
        TargetPendingError: one is on its way. Another try looks again.
    """
    request = entry.parse(RollbackEvent, event).restore_request(context)
    return entry.payload(wake_version(request, entry.services().in_a_hurry()))
