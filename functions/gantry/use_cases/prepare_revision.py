"""Make configuration and artifact one immutable revision, which no traffic reaches yet."""

from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.deployment import DeploymentState, StableRevision
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
    """
    deployment = request.deployment
    kind = services.kinds.of(deployment.target)
    prepared = kind.prepare(
        deployment, request.stable, lambda: require_lease(services, request.holder), is_retry=request.attempt > 0
    )
    logger.info(
        "revision prepared",
        target=deployment.target.id,
        revision=prepared.revision,
        outcome=prepared.outcome,
        digest=deployment.release.digest,
    )
    return prepared
