"""What the last promotion of a service said of it: where it goes, and how that ended."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gantry.promotion.manifest.content import Manifest


@dataclass(frozen=True, slots=True)
class ListedEnvironment:
    """One environment of a manifest."""

    name: str
    target_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListedService:
    """A service, as the manifest of its last promotion has it."""

    service: str
    environments: tuple[ListedEnvironment, ...]
    """All of the manifest's, in order."""
    at: str
    """When that promotion was resolved. ISO 8601, UTC."""

    @classmethod
    def of(cls, service: str, manifest: "Manifest", at: str) -> "ListedService":
        """Return what is listed of a manifest: all of its environments, wherever the promotion goes."""
        environments = (
            ListedEnvironment(each.name, tuple(target.id for target in each.targets)) for each in manifest.environments
        )
        return cls(service, tuple(environments), at)


@dataclass(frozen=True, slots=True)
class LastEnd:
    """How the last promotion of a service that has ended did so."""

    service: str
    execution: str
    """Its ARN."""
    at: str
    """When it ended. ISO 8601, UTC."""
    digest: str | None
    """None when it failed before it had a release; so is the tag."""
    tag: str | None
    error: str | None = None
    """The name of the error; None when it completed."""
    reason: str | None = None
    """In words for people, shortened."""
