"""How people and automation are notified of an execution that ended badly, and of what was repaired after it."""

from collections.abc import Mapping, Sequence

from gantry.aws.executions import WAVE_FAILED, ExecutionEnd
from gantry.promotion import messages
from gantry.promotion.events import DeploymentEnd, deployment_ended
from gantry.promotion.restore_point import ENVIRONMENT_ROLLED_BACK, ROLLED_BACK_MANUALLY
from gantry.use_cases.promotion_request import named_object
from gantry.use_cases.publishing import publish_best_effort
from gantry.use_cases.repair.repaired_target import RepairedTarget
from gantry.use_cases.services import Services

_WHAT_TO_DO = (
    "{target} keeps its lease, and its traffic was left as it is. Make its alias route to a version that can run, with "
    "all traffic; the repair gives the lease back within 10 minutes after that."
)
_REPORTED_ELSEWHERE = {ROLLED_BACK_MANUALLY, ENVIRONMENT_ROLLED_BACK, WAVE_FAILED}
_MACHINE = 6
"""Where in an execution's ARN its machine's name stands; it ends with what the machine is."""


def notify_end(
    end: ExecutionEnd, repaired: Sequence[RepairedTarget], services: Services, *, holds_leases: bool
) -> None:
    """Notify once how an execution has ended and what was repaired after it.

    A deployment that a rollback stopped is reported with the rollback, and one whose wave failed with its promotion.

    Args:
        end: the execution.
        repaired: the targets whose traffic was restored by this run.
        services: the adapters.
        holds_leases: whether it holds any lease still; then whichever run gets it notifies.

    Raises:
        NotificationError: SNS did not take the message.
    """
    log = services.notification_log
    new = [each for each in repaired if not log.was_sent(each.notification)]
    is_reported = end.error in _REPORTED_ELSEWHERE or log.was_sent(end.arn)
    if not new and (holds_leases or is_reported):
        return
    machine = end.arn.split(":")[_MACHINE].rpartition("-")[2]
    done = "\n".join(each.summary for each in new)
    services.topic.publish(
        messages.execution_ended(
            _subject(end, new),
            f"{machine} {end.how}",
            end.failure,
            done or f"It holds no lease: nothing is left to repair.{_live(end, services)}",
            end.arn,
        )
    )
    for name in (end.arn, *(each.notification for each in new)):
        log.mark_sent(name)
    for each in new:
        how = DeploymentEnd.FAILED if each.holder.release else DeploymentEnd.ROLLED_BACK
        publish_best_effort(services, deployment_ended(how, each.ended))


def notify_stuck(end: ExecutionEnd, stuck: Mapping[str, str], services: Services) -> None:
    """Notify once of each target that only people can fix, because nothing that was live there can run.

    Args:
        end: the execution that left it behind.
        stuck: by the target's id, why the repair could do nothing.
        services: the adapters.

    Raises:
        NotificationError: SNS did not take the message.
    """
    log = services.notification_log
    for target, why in stuck.items():
        name = f"{end.arn}/{target}/stuck"
        if log.was_sent(name):
            continue
        what = f"{why}\n\n{_WHAT_TO_DO.format(target=target)}"
        message = messages.execution_ended(_subject(end, ()), "it cannot go back", end.failure, what, end.arn)
        services.topic.publish(message)
        log.mark_sent(name)


def _live(end: ExecutionEnd, services: Services) -> str:
    """What is live where the execution was meant for."""
    service, environment = _meant_for(end)
    lives = services.ledger.live(service, environment) if service and environment else ()
    return "".join(f"\nLive on {each.target_id}: {each.current}." for each in lives)


def _subject(end: ExecutionEnd, repaired: Sequence[RepairedTarget]) -> str:
    if repaired:
        return f"{repaired[0].holder.service} in {repaired[0].holder.environment}"
    service, environment = _meant_for(end)
    return f"{service or 'a service'} in {environment or 'an environment'}"


def _meant_for(end: ExecutionEnd) -> tuple[str | None, str | None]:
    """The service and the environment, as far as the input says, of a deployment or of a person's rollback."""
    given, release = end.input, end.input.get("release")
    named = named_object(given) or given.get("repository", given.get("service"))
    service = release.get("service") if isinstance(release, dict) else named
    several = given.get("environments")
    environment = several[0] if isinstance(several, list) and len(several) == 1 else given.get("environment")
    return service if isinstance(service, str) else None, environment if isinstance(environment, str) else None
