"""A part of the port that only some kinds have: what can be known to be impossible before anybody is asked."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.target import Target


@runtime_checkable
class ChoosyKind(Protocol):
    """A kind, some of whose targets never take what its schema takes."""

    def require_takes(self, target: Target, configuration: Mapping[str, Any], artifact: ArtifactKind) -> None:
        """Return quietly unless `inspect` will find that a target can never be made of an artifact.

        Raises:
            IncompatibleTargetError: it will.
            TargetAccessError: the workload account refuses to say.
        """
