"""The kind `walking`, which exists in tests only: its service takes the steps itself, and needs minutes for each.

It starts a canary without traffic, and waits before each step until it is told to go on. Then it takes the step, and
waits again. Told to stop, or by itself, it goes all the way back. Every look brings it nearer to its next wait.
"""

from dataclasses import dataclass, field

from gantry.promotion.deployment import Deployment
from gantry.promotion.errors import AlarmRaisedError, TargetFailedError
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.capabilities import Capabilities
from gantry.targets.kind import Change, Token
from tests.unit.targets.memory.kind import MemoryKind
from tests.unit.targets.memory.service import MemoryService
from tests.unit.targets.walking.capabilities import CAPABILITIES


@dataclass
class Walk:
    """One rollout as the service makes it."""

    stable: str
    canary: str
    weight: float = 0.0
    goes_to: float | None = None
    """The weight that comes after some looks; None while it waits to be told."""
    looks_left: int = 0
    told: set[float] = field(default_factory=lambda: {0.0})
    """The weights that somebody told it to take."""
    goes_back: bool = False
    ends: bool = False
    """Whether it was told to end, with all traffic on the canary."""
    has_ended: bool = False
    trouble: Exception | None = None
    """Why it went back by itself."""

    @property
    def routing(self) -> Routing:
        if self.goes_back or self.weight == 100:
            return Routing(self.stable if self.goes_back else self.canary)
        return Routing(self.stable, {self.canary: self.weight})

    def look(self) -> bool:
        """Return whether it waits for somebody, or has ended."""
        if self.looks_left:
            self.looks_left -= 1
            return False
        if self.goes_to is not None:
            self.weight, self.goes_to = self.goes_to, None
        return True


class WalkingKind(MemoryKind):
    """One target of the service."""

    def __init__(self, service: MemoryService, looks: int) -> None:
        super().__init__(service)
        self.looks = looks
        """How many looks find each part of a rollout unfinished."""
        self.walks: dict[str, list[Walk]] = {}
        """Every rollout of each target, the last one at the end."""

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def walk(self, target: Target) -> Walk | None:
        """Return the rollout that goes on."""
        walks = self.walks.get(target.id, [])
        return walks[-1] if walks and not walks[-1].has_ended else None

    def go_back_alone(self, target: Target, *, because_of_alarm: bool = False, is_back: bool = False) -> None:
        """Let the service go back, as somebody else or one of its own alarms makes it."""
        walk = self.walks[target.id][-1]
        kind = AlarmRaisedError if because_of_alarm else TargetFailedError
        walk.goes_back, walk.looks_left, walk.trouble = True, 0, kind(f"{target.id}: the service went back by itself")
        if is_back:
            self._end(target, walk)

    def routing(self, target: Target) -> tuple[Routing, Token] | None:
        walk, found = self.walk(target), super().routing(target)
        return (walk.routing, "walking") if walk else found

    def route(
        self,
        target: Target,
        wanted: Routing,
        expected: Token | None,
        *,
        deployment: Deployment | None = None,
        was_split_by_us: bool = False,
    ) -> bool:
        walk, found = self.walk(target), super().routing(target)
        if walk is None and (deployment is None or found is None):
            return super().route(target, wanted, expected if found is None else found[1])
        if walk is None and found:
            canary = next(iter(wanted.weights), wanted.revision)
            begun = Walk(found[0].revision, canary, looks_left=self.looks)
            self.walks.setdefault(target.id, []).append(begun)
        elif walk and deployment is None:
            walk.goes_back, walk.looks_left = True, self.looks
        elif walk and walk.goes_to is None and walk.look():
            walk.goes_to, walk.looks_left = wanted.weights.get(walk.canary, 100.0), self.looks
            walk.told.add(walk.goes_to)
        return False

    def is_settled(self, target: Target, change: Change) -> bool:
        walk, wanted = self.walk(target), change.routing
        last = self.walks.get(target.id, [])[-1:]
        if wanted and last and last[0].trouble and wanted != Routing(last[0].stable):
            raise last[0].trouble
        if wanted is None or walk is None:
            return super().is_settled(target, change)
        if wanted == Routing(walk.stable):
            return walk.goes_back and walk.look() and self._end(target, walk)
        if walk.weight not in walk.told:
            raise TargetFailedError(f"{target.id}: the service took a step that nobody told it to take")
        return walk.look() and walk.routing == wanted

    def finish(self, target: Target, revision: str) -> bool:
        walk = self.walk(target)
        if walk is None:
            return True
        if not walk.ends:
            walk.ends, walk.looks_left = True, self.looks
            return False
        return walk.look() and self._end(target, walk)

    def is_moving(self, target: Target) -> bool:
        walk = self.walk(target)
        return bool(walk and walk.goes_back)

    def _end(self, target: Target, walk: Walk) -> bool:
        self._service.route(target.id, Routing(walk.routing.revision))
        walk.has_ended = True
        return True
