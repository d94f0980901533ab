"""A service in memory whose targets take traffic. It exists in tests only.

It is as unlike Lambda as a service may be. Its revisions have random names, so that nothing can be concluded from them.
A revision, a target and a move of traffic may take their time. It has no compare-and-set: the last write wins, and its
answer only tells what it replaced.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import count

from gantry.promotion.traffic import Routing
from tests.unit.targets.fake_client import FakeClient, counted
from tests.unit.targets.memory.tasks import MemoryTasks


class ServiceError(Exception):
    """What the service refuses; its arguments are a code and what it says."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass
class MemoryRevision:
    """Never changes once it is registered; only its state does."""

    name: str
    digest: str
    settings: dict[str, str]
    label: str
    """Free text that whoever registers it can give."""
    looks_left: int = 0
    """How many looks find it unfinished."""
    failure: str | None = None
    asleep: bool = False
    """Whether it has to be started before it can serve."""


@dataclass(frozen=True)
class Served:
    """One request."""

    began: datetime
    has_failed: bool = False
    milliseconds: int = 100


@dataclass
class TrafficChange:
    """One move of the traffic."""

    name: str
    routing: Routing
    looks_left: int = 0


@dataclass
class MemoryTarget:
    """One target of the service."""

    architecture: str = "x86_64"
    looks_left: int = 0
    revisions: dict[str, MemoryRevision] = field(default_factory=dict)
    traffic: list[TrafficChange] = field(default_factory=list)
    """Every move of the traffic, the last one at the end; empty before it takes any."""
    served: dict[str, list[Served]] = field(default_factory=dict)
    """What each revision served."""
    counts_requests: bool = True
    answers: list[tuple[str, str | None]] = field(default_factory=list)
    """What the next requests are answered, each with an error or without; `{}` when nothing is left."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """The requests that did not come with the traffic, by revision."""


@dataclass
class MemoryService(FakeClient):
    """All targets, by the id that Gantry gives them. Tests look into them and change them as somebody else would."""

    targets: dict[str, MemoryTarget] = field(default_factory=dict)
    looks_to_settle: int = 0
    """How many looks find a new target, revision or move of traffic unfinished."""
    missing: set[str] = field(default_factory=set)
    """The digests of artifacts that do not exist."""
    failure: str | None = None
    """Why the next revision fails."""
    refuses_moves: bool = False
    """Whether the caller has no right to move traffic."""
    tasks: MemoryTasks = field(default_factory=MemoryTasks)
    _names: "count[int]" = field(default_factory=lambda: count(1), init=False)

    def deploy(self, target: str, digest: str, settings: Mapping[str, str], label: str = "") -> str:
        """Let somebody make a revision, which is ready at once; return its name."""
        name = self._name("rev")
        made = MemoryRevision(name, digest, dict(settings), label)
        self.targets.setdefault(target, MemoryTarget()).revisions[name] = made
        return name

    def route(self, target: str, routing: Routing) -> None:
        """Let somebody send the traffic elsewhere, which has an effect at once."""
        self.targets[target].traffic.append(TrafficChange(self._name("move"), routing))

    def serve(self, target: str, revision: str, *requests: Served) -> None:
        """Let a revision serve requests."""
        self.targets[target].served.setdefault(revision, []).extend(requests)

    @counted
    def describe_target(self, *, target: str) -> MemoryTarget | None:
        """Return a copy of a target; None when there is none. This is no look."""
        return deepcopy(self.targets.get(target))

    @counted
    def create_target(self, *, target: str, architecture: str) -> None:
        """Begin to make a target. It is fine when there is one."""
        self.targets.setdefault(target, MemoryTarget(architecture, self.looks_to_settle))

    @counted
    def register_revision(self, *, target: str, digest: str, settings: Mapping[str, str], label: str) -> str:
        """Begin to make a revision. Called twice, it makes two."""
        if digest in self.missing:
            raise ServiceError("NoSuchArtifact", f"there is no artifact {digest}")
        name = self.deploy(target, digest, settings, label)
        made = self.targets[target].revisions[name]
        made.looks_left, made.failure, self.failure = self.looks_to_settle, self.failure, None
        return name

    @counted
    def move_traffic(self, *, target: str, routing: Routing) -> str | None:
        """Begin to send the traffic elsewhere, whatever somebody else did; return the name of the move it replaces."""
        found = self.targets[target]
        for name in (routing.revision, *routing.weights):
            if name not in found.revisions:
                raise ServiceError("NoSuchRevision", f"there is no revision {name}")
            if found.revisions[name].failure:
                raise ServiceError("Broken", f"the revision {name} has failed: {found.revisions[name].failure}")
            if found.revisions[name].looks_left:
                raise ServiceError("NotReady", f"the revision {name} cannot take traffic")
        replaced = found.traffic[-1].name if found.traffic else None
        found.traffic.append(TrafficChange(self._name("move"), routing, self.looks_to_settle))
        return replaced

    @counted
    def start_revision(self, *, target: str, revision: str) -> None:
        """Begin to start a revision that sleeps."""
        made = self.targets[target].revisions[revision]
        made.asleep, made.looks_left = False, self.looks_to_settle

    @counted
    def request(self, *, target: str, revision: str, payload: str) -> tuple[str, str | None]:
        """Send a request past the traffic; return the answer and what went wrong."""
        found = self.targets[target]
        if revision not in found.revisions:
            raise ServiceError("NoSuchRevision", f"there is no revision {revision}")
        found.requests.append((revision, payload))
        return found.answers.pop(0) if found.answers else ("{}", None)

    @counted
    def is_ready(self, *, target: str, revision: str | None = None) -> bool:
        """Look at a target, or at one of its revisions. Each look brings it nearer to its end."""
        found = self.targets[target]
        return _look(found.revisions[revision] if revision else found)

    @counted
    def has_arrived(self, *, target: str) -> bool:
        """Look at the last move of the traffic. Each look brings it nearer to its end."""
        return _look(self.targets[target].traffic[-1])

    def _name(self, of: str) -> str:
        """Return another name each time, the same ones in every run of the tests, in no order."""
        return f"{of}-{sha256(f'{of} {next(self._names)}'.encode()).hexdigest()[:8]}"


def _look(found: MemoryTarget | MemoryRevision | TrafficChange) -> bool:
    if found.looks_left == 0:
        return True
    found.looks_left -= 1
    return False
