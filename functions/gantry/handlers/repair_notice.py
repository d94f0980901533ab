"""What people and automation are told of an execution that ended badly, and of what was repaired after it."""

from collections.abc import Sequence

from gantry.aws.executions import ROLLED_BACK_MANUALLY, Ended
from gantry.aws.ledger import Ledger
from gantry.aws.notification_log import NotificationLog
from gantry.aws.notifications import Topic
from gantry.handlers.announcing import announce
from gantry.handlers.rescue import Rescued

_ENDS = {"ABORTED": "stopped", "TIMED_OUT": "timed out"}
_MACHINE = 6
"""Where in an execution's ARN its machine's name stands; it ends with what the machine is."""


def tell_end(ended: Ended, rescued: Sequence[Rescued], *, holds_leases: bool) -> None:
    """Tell once how an execution has ended and what of it was repaired.

    A deployment that a rollback stopped is told of with the rollback.

    Args:
        ended: the execution.
        rescued: the targets whose alias was brought home, and which have not been told of before.
        holds_leases: whether it has any lease still; then whichever run gets it tells.

    Raises:
        NotificationError: SNS did not take the message.
    """
    notices = NotificationLog.from_env()
    untold = [each for each in rescued if not notices.was_sent(each.notice)]
    was_sent = ended.error == ROLLED_BACK_MANUALLY or notices.was_sent(ended.arn)
    if not untold and (holds_leases or was_sent):
        return
    machine = ended.arn.split(":")[_MACHINE].rpartition("-")[2]
    what = f"{machine} {_ENDS.get(ended.status, 'failed')}"
    done = "\n".join(each.summary for each in untold) or f"It holds no lease: nothing is left to repair.{_live(ended)}"
    Topic.from_env().tell(f"{_subject(ended, untold)}: {what}", f"{ended.failure}\n\n{done}\n\nExecution: {ended.arn}")
    for told in (ended.arn, *(each.notice for each in untold)):
        notices.mark_sent(told)
    for each in untold:
        announce(
            f"Promotion Deployment {'Failed' if each.holder.release else 'Rolled Back'}",
            {**each.facts, "error": ended.error or ended.status, "reason": each.summary, "execution": ended.arn},
            [each.target.alias_arn],
        )


def _live(ended: Ended) -> str:
    """What is live where the execution was meant for."""
    service, environment = _meant_for(ended)
    lives = Ledger.from_env().live(service, environment) if service and environment else ()
    return "".join(f"\nLive on {each.target_id}: {each.current}." for each in lives)


def _subject(ended: Ended, rescued: Sequence[Rescued]) -> str:
    if rescued:
        return f"{rescued[0].holder.service} in {rescued[0].holder.environment}"
    service, environment = _meant_for(ended)
    return f"{service or 'a service'} in {environment or 'an environment'}"


def _meant_for(ended: Ended) -> tuple[str | None, str | None]:
    """The service and the environment, as far as the input tells."""
    release = ended.input.get("release")
    service = release.get("service") if isinstance(release, dict) else ended.input.get("service")
    environment = ended.input.get("environment")
    return service if isinstance(service, str) else None, environment if isinstance(environment, str) else None
