"""What kinds have in common whose revisions never sleep, and mostly whose service moves no traffic by itself."""

from typing import NoReturn

from gantry.promotion.errors import IncompatibleTargetError
from gantry.promotion.target import Target


class StillKind:
    """The answers of the port that are the same for all of them. None of their revisions can be invoked.

    A kind whose service does move traffic answers `is_moving` and `finish` itself.
    """

    def is_moving(self, target: Target) -> bool:
        """Return False: a change is there at once, or not at all."""
        del target
        return False

    def finish(self, target: Target, revision: str) -> bool:
        """Return True: a rollout keeps nothing."""
        del target, revision
        return True

    def may_wake(self, target: Target) -> bool:
        """Return False: no revision sleeps."""
        del target
        return False

    def wake(self, target: Target, revision: str) -> None:
        """Do nothing: no revision sleeps, so nobody asks for it."""

    def invoke(self, target: Target, revision: str, payload: str, seconds: int) -> NoReturn:
        """Refuse it. No manifest can ask for it: see the capabilities."""
        del payload, seconds
        raise IncompatibleTargetError(f"{target.id}: no request of the pipeline's own reaches {revision}")
