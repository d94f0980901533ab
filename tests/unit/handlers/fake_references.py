"""The parameters and secrets of every account and region, in memory: their versions, and no values."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gantry.aws.referenced_versions import FoundVersions
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.references.reference import Reference
from gantry.promotion.target import Target


@dataclass
class FakePlace:
    """Those of one account and region."""

    store: "FakeReferences"
    place: str

    def find(self, references: Iterable[Reference]) -> FoundVersions:
        self.store.asked.append(self.place)
        if self.place in self.store.closed:
            raise TargetAccessError(f"{self.place} is closed")
        found = FoundVersions({}, {})
        for each in references:
            version = self.store.versions.get((self.place, each.called))
            if version is None:
                found.problems[each] = f"there is no {each.called} in {self.place}"
            else:
                found.versions[each] = version
        return found


@dataclass
class FakeReferences:
    """All of them, by `<account>/<region>` and `parameter /cowsay/url`."""

    versions: dict[tuple[str, str], str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    """Accounts and regions that refuse every call."""
    asked: list[str] = field(default_factory=list)

    def of(self, target: Target) -> FakePlace:
        return FakePlace(self, f"{target.account}/{target.region}")
