"""What has to be so before a release may come to an environment. CheckGates and InspectTarget hold it to the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gantry.promotion.gantry_error import GantryError


class RuleName(StrEnum):
    """One rule."""

    QUARANTINE = "not_in_quarantine"
    POLICY = "policy_allows_it"
    OWNER = "target_is_the_services"
    ARTIFACT = "artifact_is_where_it_is_read"
    APPROVERS = "enough_approvers"
    NEEDS = "infrastructure_can_come"
    ACCOUNT = "target_answers"
    ALARMS = "alarms_exist"
    REFERENCES = "references_exist"
    TARGET = "target_takes_it"


SENTENCES: Mapping[RuleName, str] = {
    RuleName.QUARANTINE: "The digest is not in quarantine",
    RuleName.POLICY: "The policy file allows it",
    RuleName.OWNER: "The targets are this service's",
    RuleName.ARTIFACT: "The manifest says where the artifact is read",
    RuleName.APPROVERS: "Enough people may approve it",
    RuleName.NEEDS: "What it needs of the infrastructure is there, or can come",
    RuleName.ACCOUNT: "The targets' accounts answer",
    RuleName.ALARMS: "All alarms exist",
    RuleName.REFERENCES: "All parameters and secrets that the configuration refers to exist, and can be read",
    RuleName.TARGET: "The targets take it",
}
"""Each for people, as it is where the rule is met."""
_LATER = {RuleName.NEEDS, RuleName.ACCOUNT, RuleName.TARGET}
CHECKED_BEFORE_ASKING = tuple(each for each in SENTENCES if each not in _LATER)
"""Nobody is asked before these are met. Of targets, only some kinds know before that they will take a release. What a
release needs is said apart, and only where a manifest says it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether one rule is met."""

    name: RuleName
    is_met: bool
    reason: str | None = None
    """Why it is not, and what to do about it; None where it is."""
    target: str | None = None
    """The id of the target that it is about; None for the whole environment."""

    @property
    def sentence(self) -> str:
        """What is so where it is met."""
        return SENTENCES[self.name]


def checked(name: RuleName, check: Callable[[], object], target: str | None = None) -> Rule:
    """Return whether a check of the pipeline's own passes, and otherwise what it says."""
    try:
        check()
    except GantryError as error:
        return Rule(name, is_met=False, reason=str(error), target=target)
    return Rule(name, is_met=True, target=target)
