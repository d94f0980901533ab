"""WakeVersion: wakes the revisions that a rollback is to restore and that sleep, and looks until they are awake."""

from dataclasses import dataclass
from typing import Any

from gantry.handlers import entry
from gantry.handlers.rollback_machine.rollback_input import rollback_input
from gantry.observability import logger
from gantry.promotion.deployment import StateEntry
from gantry.use_cases.rollback.found_targets import RestoreRequest
from gantry.use_cases.rollback.wake_version import wake_version

_TO_ANSWER = 4.0


@dataclass(frozen=True, slots=True)
class WakeEvent(StateEntry):
    """The state's payload."""

    request: dict[str, Any]


@logger.inject_lambda_context
@entry.rehearsed
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the targets that are `awake`, and those that are `not_awake` after two minutes or may not be woken.

    Raises:
        TargetPendingError: one is on its way. Another try looks again.
    """
    state = entry.parse(WakeEvent, event)
    typed = rollback_input(state.request)
    request = RestoreRequest(
        state.execution,
        state.entered_at,
        typed.service,
        typed.environment,
        typed.rollback,
        entry.seconds_left(context, _TO_ANSWER),
    )
    return entry.payload(wake_version(request, entry.services().in_a_hurry()))
