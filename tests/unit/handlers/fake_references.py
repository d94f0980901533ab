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
        for each in dict.fromkeys(references):
            version = self.store.versions.get((self.place, each.called))
            if version is None:
                found.problems[each] = f"there is no {each.called} in {self.place}"
            else:
                found.versions[each] = version
        return found

    def there(self, references: Iterable[Reference]) -> frozenset[Reference]:
        return frozenset(self.find(references).versions) if self.place not in self.store.closed else frozenset()


@dataclass
class FakeRole:
    """What a role may read in one account and region."""

    store: "FakeReferences"
    place: str
    role: str

    def problems(self, found: FoundVersions) -> tuple[str, ...]:
        self.store.asked_about.append((self.place, self.role))
        if self.place in self.store.silent:
            raise TargetAccessError(f"{self.place} does not say what roles may read")
        called = dict.fromkeys(each.called for each in found.versions)
        unread = (each for each in called if (self.role, each) in self.store.unreadable)
        return tuple(f"the role {self.role} may not read {each} in {self.place}" for each in unread)


@dataclass
class FakeReferences:
    """All of them, by `<account>/<region>` and `parameter /cowsay/url`."""

    versions: dict[tuple[str, str], str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    """Accounts and regions that refuse every call."""
    asked: list[str] = field(default_factory=list)

    unreadable: set[tuple[str, str]] = field(default_factory=set)
    """What roles may not read, by the role and `parameter /cowsay/url`."""
    silent: set[str] = field(default_factory=set)
    """Accounts and regions that do not say what roles may read."""
    asked_about: list[tuple[str, str]] = field(default_factory=list)
    """The roles that were asked about, with the account and region."""

    def role_rights(self, target: Target, role: str) -> FakeRole:
        return FakeRole(self, f"{target.account}/{target.region}", role)

    def of(self, target: Target) -> FakePlace:
        return FakePlace(self, f"{target.account}/{target.region}")
