"""Whether a release that waits for its infrastructure may still come there, or something else has decided that."""

from collections.abc import Sequence

from gantry.promotion.errors import DeploymentSupersededError
from gantry.promotion.live import Live
from gantry.promotion.manifest.content import Environment
from gantry.promotion.needs.waiting import WaitingRelease
from gantry.promotion.release import Release
from gantry.use_cases.approvals.gate import blocks
from gantry.use_cases.quarantine import require_none
from gantry.use_cases.services import Services


def require_may_come(release: Release, own: WaitingRelease, environment: Environment, services: Services) -> None:
    """Return quietly unless a later state would refuse the release by now, so that it would wait in vain.

    A newer release need not have waited: its manifest may need nothing.

    Raises:
        QuarantinedError: the digest was rolled back while the release waited.
        DeploymentSupersededError: a newer release is live there, or is at the gate.
    """
    standing = services.standings.towards_environment(release, environment.name, environment.targets)
    require_none(standing.quarantine)
    _require_none_newer(own, release, standing.lives)
    gate = services.approvals.gate(release.service, environment.name)
    if gate and gate.is_newer_than(own.as_gate) and blocks(services.approvals.get(gate.approval_id), services):
        raise _superseded(release, own, f"{gate.release}, whose promotion was started later, is at the gate there")


def require_first(release: Release, own: WaitingRelease, other: WaitingRelease | None, services: Services) -> None:
    """Return quietly unless a release is ahead that waits for its infrastructure as well, or went through.

    Raises:
        DeploymentSupersededError: one is.
    """
    if other and own.is_older_than(other) and _may_come(other, services):
        raise _superseded(release, own, f"a newer release has come there, {other.name}")
    if other and own.is_kept_out_by(other) and _may_come(other, services):
        raise _superseded(
            release,
            own,
            f"{other.name} waits there with its artifact, and a change of configuration alone gives way to it. Promote "
            f"the configuration again once that has ended: gantry promote {release.service} --configuration",
        )


def _may_come(other: WaitingRelease, services: Services) -> bool:
    """Whether another release may still come there. What has come by now is live, or was rolled back."""
    return services.executions.is_running(other.execution) and not services.quarantines.get(other.service, other.digest)


def _require_none_newer(own: WaitingRelease, release: Release, lives: Sequence[Live]) -> None:
    for live in lives:
        if live.current.is_newer_than(release, own.started_at):
            why = f"{live.current}, whose promotion was started later, is live on {live.target_id}"
            raise _superseded(release, own, f"{why}. To deploy the older one all the same, start its promotion again")


def _superseded(release: Release, own: WaitingRelease, why: str) -> DeploymentSupersededError:
    return DeploymentSupersededError(f"{release} does not wait in {own.environment} any more: {why}")
