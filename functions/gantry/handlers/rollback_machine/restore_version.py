"""RestoreVersion: restores an older revision on each target of an environment, before anything else."""

from typing import Any

from gantry.handlers import entry
from gantry.handlers.rollback_machine.rollback_input import RollbackEvent, seconds_to_look
from gantry.observability import logger
from gantry.use_cases.rollback.rehearse_rollback import RehearsalRequest, rehearse_rollback
from gantry.use_cases.rollback.restore_version import restore_version

entry.at_start(
    lambda services: (
        services.in_a_hurry().expect_targets("lambda"),
        services.leases,
        services.ledger,
        services.executions,
    ),
    RollbackEvent,
)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return what was `restored`, target by target, and the `problems` of the targets where that failed.

    With `rehearsal` instead of an execution, return only what a rollback would find. RehearseRollbacks asks for that.

    Raises:
        InvalidRequestError: the input, the service or the environment is wrong.
        TargetConflictError: something happened to a target meanwhile. Another try goes on where this one ended.
        TargetPendingError: the traffic of a target is on its way. Another try looks again.
        TargetSlowError: the same, where the service takes minutes.
        TargetUnreachableError: a target did not answer in time. Another try asks it again, for a while.
        RevisionAsleepError: a target's older revision sleeps. It is to be woken first.
        RevisionUnusableError: nothing that any target could go back to can run.
        RolledBackAlreadyError: another rollback changed the same targets at the same time.
        NoPreviousRevisionError: there is nothing to go back to on any target.
        LeaseLostError: another execution took the only target over before its traffic was changed.
    """
    services = entry.services().in_a_hurry()
    if entry.is_rehearsal(event):
        rehearsal = entry.parse(RehearsalRequest, event["rehearsal"])
        return entry.payload(rehearse_rollback(rehearsal, seconds_to_look(context), services))
    request = entry.parse(RollbackEvent, event).restore_request(context)
    return entry.payload(restore_version(request, services))
