"""What is to be said about before it is done: a release, and what it sets on the targets of an environment."""

from collections.abc import Mapping
from typing import Protocol

from gantry.promotion.content_changes import ContentComparison
from gantry.promotion.release import Release
from gantry.promotion.target import Target


class Proposal(Protocol):
    """A release in front of an environment: an approval, or a preview."""

    @property
    def release(self) -> Release:
        """What is to be deployed."""

    @property
    def environment(self) -> str:
        """The environment's name."""

    @property
    def targets(self) -> tuple[Target, ...]:
        """Where to."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What the release sets in the environment's configuration, masked for people, for targets of one kind."""

    @property
    def settings_of_kinds(self) -> Mapping[str, Mapping[str, str]]:
        """The same where there are targets of several kinds."""

    @property
    def drafts(self) -> tuple[Mapping[str, str], ...]:
        """What the release takes from each target, masked for people; empty where that is not known."""

    @property
    def contents(self) -> tuple[ContentComparison, ...]:
        """What changes inside an artifact that is an object."""
