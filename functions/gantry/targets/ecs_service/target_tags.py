"""What Gantry notes in tags of task definitions. Each service has tags of its own: services may share a family."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from gantry.targets.ecs_service.ecs_target import EcsTarget

_NAME_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Grant:
    """How far one deployment of a service was told to go."""

    deployment: str
    """Its id."""
    share: float = -1.0
    """The greatest share of the traffic, in per cent; below 0 before its first pause was answered."""
    pause: str = ""
    """The id of the pause whose answer gave that share."""

    @classmethod
    def read(cls, tag: str | None) -> Self | None:
        """Return what a tag says; None where it says nothing."""
        deployment, _, rest = (tag or "").partition(":")
        share, _, pause = rest.partition(":")
        try:
            return cls(deployment, float(share), pause)
        except ValueError:
            return None

    def __str__(self) -> str:
        """As the tag's value."""
        return f"{self.deployment}:{self.share:g}:{self.pause}"


@dataclass(frozen=True, slots=True)
class TargetTags:
    """The keys of one service's tags."""

    answered: str
    """On a canary: its `Grant`."""
    moved: str
    """On a live task definition: makes tokens old where nothing else changes."""

    @classmethod
    def of(cls, target: EcsTarget) -> Self:
        """Return the keys of a service."""
        name = sha256(target.id.encode()).hexdigest()[:_NAME_LENGTH]
        return cls(f"gantry:answered:{name}", f"gantry:moved:{name}")

    def grant(self, tags: Mapping[str, str]) -> Grant | None:
        """Return what a task definition's tags say of this service's rollout to it."""
        return Grant.read(tags.get(self.answered))
