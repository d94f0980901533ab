"""A target of a kind whose traffic takes time to arrive, and whose revisions have random names."""

from dataclasses import dataclass
from typing import Self

from gantry.handlers import entry
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.registry import RegisteredKinds
from tests.unit.handlers.records import BEFORE, digest_of
from tests.unit.handlers.workloads import Workloads
from tests.unit.targets.memory.kind import MemoryKind
from tests.unit.targets.memory.service import MemoryService

SLOW_TARGET = Target("memory", "444444444444", "us-east-1", "herd", "arn:aws:memory:herd")


@dataclass(frozen=True)
class SlowTarget:
    """The service, and the names of the revisions 1, 2, 3… with the digests of these numbers."""

    service: MemoryService
    names: tuple[str, ...]

    @classmethod
    def with_revisions(cls, count: int, workloads: Workloads) -> Self:
        """Let the handlers find the kind too, and a target with so many revisions; the last one has all traffic."""
        service = MemoryService()
        names = tuple(service.deploy(SLOW_TARGET.id, digest_of(number), {}) for number in range(1, count + 1))
        there = cls(service, names)
        there.route(Routing(names[-1]))
        vars(entry.services())["kinds"] = RegisteredKinds(
            {"memory": lambda: MemoryKind(service), "lambda": workloads.kind}
        )
        return there

    def name(self, number: int) -> str:
        return self.names[number - 1]

    def revision(self, number: int) -> LiveRevision:
        """As the ledger knows it."""
        return LiveRevision(self.name(number), digest_of(number), BEFORE, f"tag{number}", sequence=number)

    def live(self, *numbers: int) -> Live:
        current, *lineage = map(self.revision, numbers)
        return Live("cowsay", "prod", SLOW_TARGET, current, tuple(lineage), sequence=max(numbers))

    def route(self, routing: Routing) -> None:
        """Let somebody send the traffic elsewhere."""
        self.service.route(SLOW_TARGET.id, routing)

    def routes(self) -> list[Routing]:
        """Where the traffic was ever sent."""
        return [each.routing for each in self.service.targets[SLOW_TARGET.id].traffic]

    def has_arrived(self) -> bool:
        return self.service.targets[SLOW_TARGET.id].traffic[-1].looks_left == 0
