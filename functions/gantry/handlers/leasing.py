"""What the functions that hold, wait for or give back a lease share."""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.executions import Executions
from gantry.aws.leases import Leases
from gantry.handlers.observability import logger
from gantry.promotion.errors import NotificationError
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing

Decided = TypeVar("Decided", bound=Routing | None)


def require_lease(target: Target, owner: str, fence: int) -> None:
    """Go on only as the holder of the target's lease.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
    """
    Leases.from_env().get(target).require(owner, fence)


def while_holding(
    target: Target, owner: str, fence: int, decide: Callable[[Routing], Decided]
) -> Callable[[Routing], Decided]:
    """Decide about the alias only while the lease is held.

    Looked at after the alias was read and before it is written. Whoever takes the lease away writes the alias
    afterwards, so that a holder that saw itself as one a moment too long writes with a RevisionId that is gone.
    """

    def decided(current: Routing) -> Decided:
        require_lease(target, owner, fence)
        return decide(current)

    return decided


def call_next(lease: Lease, leases: Leases, executions: Executions) -> Lease:
    """Tell those whose waiting is over, and answer the lease as it is afterwards.

    They stay called until they have been told, so that a retry, or the repair, tells those who were not.

    Raises:
        NotificationError: Step Functions did not take an answer.
    """
    called = lease.called
    if not called:
        return lease
    for each in called:
        lease = _call(each, lease, leases, executions)
    return call_next(leases.change(lease.target, lambda now: now.told(*called)), leases, executions)


def _call(contender: Contender, lease: Lease, leases: Leases, executions: Executions) -> Lease:
    """Tell one of them; who is over and cannot be told loses its turn."""
    was_sent = _tell(contender, lease, executions)
    if was_sent or not _has_turn(contender, lease) or executions.is_running(contender.owner):
        return lease
    return leases.change(lease.target, lambda now: now.passed_on(contender.owner))


def _has_turn(contender: Contender, lease: Lease) -> bool:
    return lease.holder is not None and lease.holder.owner == contender.owner


def _tell(contender: Contender, lease: Lease, executions: Executions) -> bool:
    try:
        return _answer(contender, lease, executions)
    except (BotoCoreError, ClientError) as error:
        raise NotificationError(f"{contender.owner} was not told that its waiting is over: {error}") from error


def _answer(contender: Contender, lease: Lease, executions: Executions) -> bool:
    token = str(contender.task_token)
    if _has_turn(contender, lease):
        logger.info("lease acquired", target=lease.target.id, execution=contender.owner, fence=lease.fence)
        return executions.succeed(token, {"fence": lease.fence})
    newer = "a newer release"
    if lease.holder and lease.holder.release and lease.holder.is_newer_than(contender):
        newer = f"{lease.holder.release} ({lease.holder.owner})"
    logger.info("superseded while it waited", target=lease.target.id, execution=contender.owner)
    return executions.fail(
        token,
        "DeploymentSupersededError",
        f"{contender.release} was not deployed to {lease.target.id}: {newer} was started later, and its turn came",
    )
