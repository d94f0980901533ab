"""Which promotion carries a release, and which one handles a push, so that events promote nothing twice."""

from collections.abc import Iterable
from dataclasses import dataclass

from gantry.promotion.live import Live
from gantry.promotion.manifest.content import Environment
from gantry.promotion.release import Release


@dataclass(frozen=True, slots=True)
class PushClaim:
    """A promotion's claim on a push. It never ends: the same tag and digest do not start by themselves again.

    Nor does the same version of an object, which has neither.
    """

    service: str
    tag: str | None
    digest: str | None
    """The digest that was pushed. It may be that of an index, and the release has that of one image in it."""
    execution: str
    """The ARN of the promotion's execution."""
    at: str
    """When the claim was made; ISO 8601, UTC."""
    version_id: str | None = None
    """The S3 version id of an object."""


@dataclass(frozen=True, slots=True)
class ReleaseClaim:
    """A promotion's claim on a release. It ends when the promotion ends without the release being live everywhere."""

    release: Release
    execution: str
    """The ARN of the promotion's execution."""
    at: str
    """When the claim was made; ISO 8601, UTC."""
    environments: tuple[str, ...] = ()
    """The names of the environments that the promotion is for. Claims of earlier versions of Gantry have none."""

    def covers(self, environments: Iterable[str]) -> bool:
        """Whether the promotion is for all of these environments, and maybe for others."""
        return set(environments) <= set(self.environments)


@dataclass(frozen=True, slots=True)
class NewestStart:
    """The promotion of a service that was started last."""

    service: str
    release_id: str
    execution: str
    """The ARN of the promotion's execution."""
    at: str
    """When; ISO 8601, UTC."""


def is_overtaken(claim: ReleaseClaim, newest: NewestStart) -> bool:
    """Whether another release of the service was started since a claim.

    Starting the same release again renews its claim. So the newest start alone says it.
    """
    return newest.release_id != claim.release.id and newest.at >= claim.at


def is_live_everywhere(release: Release, environments: Iterable[Environment], lives: Iterable[Live]) -> bool:
    """Whether a release, with this manifest revision, is live on every target of these environments."""
    wanted = (release.digest, release.manifest_revision)
    places = {(each.environment, each.target_id) for each in lives if each.current.release == wanted}
    return all((each.name, target.id) in places for each in environments for target in each.targets)
