"""The part of the port that reads what a revision holds."""

from typing import Protocol

from gantry.promotion.difference import MaskedSettings
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target


class RevisionContents(Protocol):
    """What a revision runs, and its settings."""

    def digest(self, target: Target, revision: str) -> str | None:
        """Return the digest of the artifact that a revision runs, or whatever else the traffic goes to.

        None when there is no such revision.
        """

    def settings(self, target: Target, revision: str, masking: Masking) -> MaskedSettings | None:
        """Return the settings that a revision has now, masked: the same that `confirm` returned of it.

        None when there is no such revision.
        """
