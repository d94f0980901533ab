"""A part of the port that only some kinds have: with which role the program reads what its configuration refers to."""

from typing import Protocol, runtime_checkable

from gantry.promotion.target import Target


@runtime_checkable
class ReadingKind(Protocol):
    """A kind whose program has a role of its own."""

    def reading_role(self, target: Target) -> str | None:
        """Return the ARN of the role that the next revision runs with; None where it is not known.

        Raises:
            ReferenceUnreadableError: the program has no role.
            TargetAccessError: the workload account refuses to say.
        """
