"""Hold a change of configuration alone to its word: the artifact that runs on a target stays."""

from collections.abc import Iterable

from gantry.promotion.deployment import StableRevision
from gantry.promotion.errors import DeploymentSupersededError
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live
from gantry.promotion.release import Release


def require_same_artifact(release: Release, target_id: str, stable: StableRevision | None, live: Live | None) -> None:
    """Return quietly unless it would change what runs on a target. Its lease is held, so nobody else changes that.

    Args:
        release: what is deployed.
        target_id: where.
        stable: what the target itself says that it runs; None for nothing.
        live: what the ledger calls live there.

    Raises:
        DeploymentSupersededError: it would.
    """
    if release.is_configuration_only:
        found = [stable.digest if stable else None, live.current.digest if live else None]
        _require(release, target_id, found)


def require_same_live_artifacts(release: Release, leases: Iterable[Lease]) -> None:
    """Do so for the targets of an environment, before people are asked.

    Raises:
        DeploymentSupersededError: another artifact is live on one of them by now.
    """
    for lease in leases if release.is_configuration_only else ():
        _require(release, lease.target.id, [lease.live_now.digest if lease.live_now else None])


def _require(release: Release, target_id: str, found: Iterable[str | None]) -> None:
    for digest in found:
        if digest != release.digest:
            message = (
                f"{release} was not deployed to {target_id}: it would change the artifact there, which is "
                f"{digest or 'none'} by now, and not {release.digest}. An artifact brings its configuration along. If "
                "the configuration is still to change, start that anew: "
                f"gantry promote {release.service} --configuration"
            )
            raise DeploymentSupersededError(message)
