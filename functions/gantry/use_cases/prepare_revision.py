"""Make configuration and artifact one immutable revision, which no traffic reaches yet."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex

from gantry.observability import logger
from gantry.promotion.deployment import DeploymentState, StableRevision
from gantry.promotion.errors import TargetPendingError
from gantry.targets.findings import Prepared
from gantry.use_cases.leasing import require_lease
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class PrepareRequest(DeploymentState):
    """A deployment that knows what its target was found on."""

    stable: StableRevision | None
    """None on a first deployment."""
    attempt: int
    """Which try of the state this is; the first is 0."""


def prepare_revision(request: PrepareRequest, services: Services) -> Prepared:
    """Return the revision that holds the release, and how it came to be.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetConflictError: somebody else changed the target at the same moment.
        TargetPendingError: a change on the way to the revision has begun. Another try goes on from there.
            Or another deployment is writing the draft that both are prepared in.
    """
    deployment = request.deployment
    kind = services.kinds.of(deployment.target)
    with _changing(request, kind.draft_to_lock(deployment.target), services) as hold:
        prepared = kind.prepare(deployment, request.stable, hold, is_retry=request.attempt > 0)
    logger.info(
        "revision prepared",
        target=deployment.target.id,
        revision=prepared.revision,
        outcome=prepared.outcome,
        digest=deployment.release.digest,
    )
    return prepared


@contextmanager
def _changing(request: PrepareRequest, draft: str | None, services: Services) -> Iterator[Callable[[], object]]:
    """Yield what has to be asked right before something is changed that others see, and give the draft back at the end.

    The order is: the draft's lock, then the lease. So whoever waited for the lock does not go on without the lease.
    """
    token, is_locked = token_hex(8), False

    def hold() -> None:
        nonlocal is_locked
        if draft and not is_locked:
            _lock(draft, token, request, services)
            is_locked = True
        require_lease(services, request.holder)

    try:
        yield hold
    finally:
        if draft and is_locked:
            services.draft_locks.release(draft, token)


def _lock(draft: str, token: str, request: PrepareRequest, services: Services) -> None:
    if other := services.draft_locks.take(draft, request.execution, token):
        message = f"{request.deployment.target.id}: {other} is writing the draft {draft}, which both are prepared in"
        raise TargetPendingError(message)
