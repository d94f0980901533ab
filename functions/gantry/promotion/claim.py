"""Which promotion carries a release, and which one handles a push, so that events promote nothing twice."""

from collections.abc import Iterable
from dataclasses import dataclass

from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.live import Live
from gantry.promotion.manifest.content import Environment
from gantry.promotion.release import Release


@dataclass(frozen=True, slots=True)
class PushClaim:
    """A promotion's claim on a push. It never ends: the same tag and digest do not start by themselves again."""

    service: str
    tag: str
    digest: str
    """The digest that was pushed. It may be that of an index, and the release has that of one image in it."""
    execution: str
    """The ARN of the promotion's execution."""
    at: str
    """When the claim was made; ISO 8601, UTC."""


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


def is_live_everywhere(release: Release, environments: Iterable[Environment], lives: Iterable[Live]) -> bool:
    """Whether a release, with this manifest revision, is live on every target of these environments."""
    wanted = (release.digest, release.manifest_revision)
    places = {(each.environment, each.target_id) for each in lives if each.current.release == wanted}
    return all((each.name, target.id) in places for each in environments for target in each.targets)


def starts_of_others(release: Release, history: Iterable[HistoryEntry]) -> frozenset[str]:
    """Return the executions in a history that have started to promote another release."""
    own = (release.digest, release.manifest_revision)
    started = [each for each in history if each.kind is HistoryKind.PROMOTION_STARTED]
    others = [each for each in started if (each.facts["digest"], each.facts["manifest_revision"]) != own]
    return frozenset(each.execution for each in others)
