"""See whether a prepared revision can take traffic, and whether it is what was asked for. One look."""

from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.approved_draft import require_as_approved
from gantry.promotion.deployment import DeploymentState, PreparationOutcome, StableRevision
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.errors import TargetNotFoundError, TargetPendingError
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class SettleRequest(DeploymentState):
    """A deployment whose revision is prepared."""

    revision: str
    outcome: PreparationOutcome
    stable: StableRevision | None
    """What the target was found on; None on a first deployment."""


@dataclass(frozen=True, slots=True)
class SettledRevision:
    """A revision that can take traffic."""

    configuration: MaskedSettings
    """What it has, masked for people."""


def settle_target(request: SettleRequest, services: Services) -> SettledRevision:
    """Return the revision's settings once it is ready and compared with the release.

    Raises:
        TargetPendingError: it is not ready yet. The definition looks again.
        TargetFailedError: it never will be ready.
        RevisionMismatchError: it holds something else than the release.
        DraftChangedError: it has something that its approvers did not see.
        IncompatibleTargetError: it is of a sort that the kind cannot read.
    """
    deployment = request.deployment
    kind = services.kinds.of(deployment.target)
    try:
        settings = kind.confirm(
            deployment,
            request.revision,
            request.stable,
            services.masking,
            is_new=request.outcome is not PreparationOutcome.UNCHANGED,  # what has the traffic already may be asleep
        )
    except TargetNotFoundError as error:  # a service may not show at once what was made a moment ago
        raise TargetPendingError(f"{error}, or it is not shown yet") from error
    if deployment.draft:  # the revision never changes any more, so this comparison is the one that counts
        require_as_approved(deployment.target.id, deployment.draft, settings)
    logger.info("revision settled", target=deployment.target.id, revision=request.revision)
    return SettledRevision(settings)
