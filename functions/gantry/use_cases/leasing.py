"""What the executions that hold, await or give back a lease share."""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from gantry.observability import logger
from gantry.promotion.deployment import Holder
from gantry.promotion.errors import NotificationError
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.traffic import Routing
from gantry.use_cases.services import Services

Decided = TypeVar("Decided", bound=Routing | None)


def require_lease(services: Services, holder: Holder) -> Lease:
    """Return the target's lease, which the execution holds.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
    """
    lease = services.leases.get(holder.target)
    lease.require(holder.execution, holder.fence)
    return lease


def while_holding(
    services: Services, holder: Holder, decide: Callable[[Routing], Decided]
) -> Callable[[Routing], Decided]:
    """Decide about the routing only while the lease is held.

    The lease is read after the routing was read and before it is written. Whoever takes the lease away writes the
    routing afterwards, so that a holder that read its lease a moment too early writes with an old token.
    """

    def decided(current: Routing) -> Decided:
        require_lease(services, holder)
        return decide(current)

    return decided


def notify_waiting(services: Services, lease: Lease) -> Lease:
    """Notify the executions whose waiting has ended, and return the lease as it is afterwards.

    Each stays in the lease until it was notified, so that a retry, or the repair, notifies those who were not. One that
    has the turn and nobody beside it stays until it begins: that is one write less. Notifying it twice does no harm.

    Raises:
        NotificationError: Step Functions did not take an answer.
    """
    notified = lease.to_notify
    if not notified:
        return lease
    will_begin = False
    for each in notified:
        was_notified = _answer(services, each, lease)
        will_begin = was_notified and _has_turn(each, lease)
        if not was_notified:
            lease = _without_turn_if_ended(services, each, lease)
    if will_begin and len(notified) == 1:
        return lease
    return notify_waiting(
        services, services.leases.change(lease.target, lambda now: now.notified(*notified), known=lease)
    )


def _without_turn_if_ended(services: Services, contender: Contender, lease: Lease) -> Lease:
    """One that has ended and cannot be notified loses its turn."""
    if not _has_turn(contender, lease) or services.executions.is_running(contender.owner):
        return lease
    return services.leases.change(lease.target, lambda now: now.passed_on(contender.owner))


def _has_turn(contender: Contender, lease: Lease) -> bool:
    return lease.holder is not None and lease.holder.owner == contender.owner


def _answer(services: Services, contender: Contender, lease: Lease) -> bool:
    token = str(contender.task_token)
    try:
        if _has_turn(contender, lease):
            logger.info("lease acquired", target=lease.target.id, execution=contender.owner, fence=lease.fence)
            return services.executions.succeed(token, {"fence": lease.fence})
        logger.info("superseded while it waited", target=lease.target.id, execution=contender.owner)
        return services.executions.fail(token, "DeploymentSupersededError", _superseded(contender, lease))
    except (BotoCoreError, ClientError) as error:
        raise NotificationError(f"{contender.owner} was not notified that its waiting has ended: {error}") from error


def _superseded(contender: Contender, lease: Lease) -> str:
    newer = "a newer release"
    if contender.release and contender.release.is_configuration_only:
        holder = lease.holder.owner if lease.holder else "another promotion"
        return (
            f"{contender.release} was not deployed to {lease.target.id}: {holder} got its turn. A change of "
            "configuration alone gives way to artifacts, and to newer changes"
        )
    if lease.holder and lease.holder.release and lease.holder.is_newer_than(contender):
        newer = f"{lease.holder.release} ({lease.holder.owner})"
    return f"{contender.release} was not deployed to {lease.target.id}: {newer} was started later and got its turn"
