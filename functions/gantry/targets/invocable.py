"""The part of the port by which the pipeline sends requests of its own, and teams' checks find a revision."""

from dataclasses import dataclass
from typing import Protocol

from gantry.promotion.target import Target


@dataclass(frozen=True, slots=True)
class Answer:
    """What a revision answered to a request of the pipeline's own."""

    payload: str
    """As it came; JSON by most revisions."""
    error: str | None
    """What went wrong in the revision, in its own words; None when nothing did."""


class InvocableKind(Protocol):
    """What checks ask of a kind."""

    def invoke(self, target: Target, revision: str, payload: str, seconds: int) -> Answer:
        """Send one request of the pipeline's own to a revision, whatever traffic it has, and return its answer.

        `evidence` never counts it. Asked only of kinds whose capabilities say `can_be_invoked`.

        Args:
            target: whose revision.
            revision: which one; it has to be ready.
            payload: the request, as JSON.
            seconds: how long to wait for the answer.

        Raises:
            TargetUnreachableError: no answer came in that time.
            TargetNotFoundError: there is no such revision any more.
            TargetConflictError: it is not ready.
        """

    def revision_arn(self, target: Target, revision: str) -> str:
        """Return the ARN by which a team's own checks find a revision. Asks nobody."""
