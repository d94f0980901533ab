"""RestoreVersion: restores an older revision on each target of an environment, before anything else."""

from dataclasses import dataclass
from typing import Any

from gantry.handlers import entry
from gantry.handlers.rollback_machine.rollback_input import rollback_input
from gantry.observability import logger
from gantry.promotion.deployment import StateEntry
from gantry.use_cases.rollback.found_targets import RestoreRequest
from gantry.use_cases.rollback.rehearse_rollback import RehearsalRequest, rehearse_rollback
from gantry.use_cases.rollback.restore_version import restore_version

_TO_ANSWER = 4.0
"""Seconds that are left for the ledger and the answer, once the targets had their time."""


@dataclass(frozen=True, slots=True)
class RestoreEvent(StateEntry):
    """The state's payload."""

    request: dict[str, Any]
    is_last: bool = False
    """Whether what still sleeps now is restored all the same."""


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return what was `restored`, target by target, and the `problems` of the targets where that failed.

    With `rehearsal` instead of an execution, return only what a rollback would find. RehearseRollbacks asks for that.

    Raises:
        InvalidRequestError: the input, the service or the environment is wrong.
        TargetConflictError: something happened to a target meanwhile. Another try goes on where this one ended.
        TargetPendingError: the traffic of a target is on its way. Another try looks again.
        TargetUnreachableError: a target did not answer in time. Another try asks it again, for a while.
        RevisionAsleepError: a target's older revision sleeps. It is to be woken first.
        RevisionUnusableError: nothing that any target could go back to can run.
        RolledBackAlreadyError: another rollback changed the same targets at the same time.
        NoPreviousRevisionError: there is nothing to go back to on any target.
        LeaseLostError: another execution took the only target over before its traffic was changed.
    """
    seconds = entry.seconds_left(context, _TO_ANSWER)
    if "rehearsal" in event:
        rehearsal = entry.parse(RehearsalRequest, event["rehearsal"])
        return entry.payload(rehearse_rollback(rehearsal, seconds, entry.services().in_a_hurry()))
    state = entry.parse(RestoreEvent, event)
    typed = rollback_input(state.request)
    request = RestoreRequest(
        state.execution, state.entered_at, typed.service, typed.environment, typed.rollback, seconds, state.is_last
    )
    return entry.payload(restore_version(request, entry.services().in_a_hurry()))
