"""One thing in one account and region that takes traffic or is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """A target, in words that its kind gives and only its kind takes apart."""

    kind: str
    """The name of its kind: `lambda`."""
    account: str
    """12 digits."""
    region: str
    name: str
    """What it is called in its account and region. Its kind says how that is written."""
    arn: str
    """What events about it name as their resource."""
    settings: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The part of a release's configuration that is this target's own, as people are shown it."""
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What the manifest says about handling it. It is no part of a revision, so it changes none."""
    references: Mapping[str, str] = field(default_factory=dict, hash=False)
    """By the text of each reference in the release's configuration, the same with the version that is there now."""

    @property
    def id(self) -> str:
        """The target's name in the ledger and for people, whatever the manifest sets on it."""
        return f"{self.account}/{self.region}/{self.name}"


def target_of_id(target_id: str) -> Target:
    """Return where a target is and how it is called, of which the ledger keeps no more. It has no kind and no ARN."""
    account, region, name = target_id.split("/", 2)
    return Target("", account, region, name, "")
