"""The kind `memory` in the contract suite."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gantry.aws.session_policy import Right
from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.kind import TargetKind
from gantry.targets.task_runner import TaskStatus
from tests.unit.targets.contract.harness import IMAGE_SOURCE, NEW, OLD, OTHER, PLAN, SECRET, deployment_of
from tests.unit.targets.memory.kind import LONGEST_REQUEST, MemoryKind
from tests.unit.targets.memory.rights import rights
from tests.unit.targets.memory.schema import SCHEMA
from tests.unit.targets.memory.service import MemoryService, MemoryTarget, Served

SETTINGS = {"TO_SAY": "Moo", "API_KEY": SECRET}


class MemoryHarness:
    """One target of the service in memory."""

    kind: TargetKind
    preparing: Sequence[str] = ("create_target", "register_revision")
    lacks = frozenset({"late writes undone"})
    plan = PLAN
    reading_role: str | None = None
    slow_routing = True
    settles_within = LONGEST_REQUEST
    schema = SCHEMA
    target_keys: Mapping[str, Any] = {
        "kind": "memory",
        "account": "222222222222",
        "region": "us-east-1",
        "pool": "barn",
        "name": "cowsay",
        "create": True,
    }
    source = IMAGE_SOURCE
    configuration: Mapping[str, Any] = {"settings": SETTINGS}
    target = SCHEMA.target({key: value for key, value in target_keys.items() if key != "kind"})
    uncreatable = replace(target, options={})
    neighbour = SCHEMA.target({"account": "222222222222", "region": "us-east-1", "pool": "barn", "name": "fortune"})

    def __init__(self) -> None:
        self._service = MemoryService()
        self.kind = MemoryKind(self._service)

    def rights(self, target: Target) -> tuple[Right, ...]:
        return rights(target)

    def deployment(self, digest: str = NEW) -> Deployment:
        return deployment_of(self.target, digest, self.configuration)

    def stable(self, digest: str = OLD) -> StableRevision:
        revision = self.make(digest)
        self.route(Routing(revision))
        return StableRevision(revision, digest)

    def make(self, digest: str) -> str:
        return self._service.deploy(self.target.id, digest, SETTINGS)

    def route(self, routing: Routing) -> None:
        self._service.route(self.target.id, routing)

    def routes(self) -> Sequence[Routing]:
        found = self._service.targets.get(self.target.id)
        return [move.routing for move in found.traffic] if found else []

    def changes(self) -> int:
        return sum(self._service.calls[operation] for operation in (*self.preparing, "move_traffic"))

    def be_slow(self, looks: int) -> None:
        self._service.looks_to_settle = looks

    def before(self, operation: str, action: Callable[[], object]) -> None:
        self._service.before(operation, action)

    def before_routing(self, action: Callable[[], object]) -> None:
        self._service.before("move_traffic", action)

    def lose_answer(self, operation: str | None = None) -> None:
        self._service.lose_answer(operation or "move_traffic")

    def fail_next(self) -> None:
        self._service.failure = "it does not start"

    def fail(self, revision: str) -> None:
        self._target.revisions[revision].failure = "it stopped"

    def put_to_sleep(self, revision: str) -> None:
        self._target.revisions[revision].asleep = True

    def refuse_changes(self) -> None:
        self._service.refuses_moves = True

    def lose_artifact(self, digest: str) -> None:
        self._service.missing.add(digest)

    def corrupt_artifact(self, revision: str) -> None:
        self._target.revisions[revision].digest = OTHER

    def corrupt_configuration(self, revision: str) -> None:
        self._target.revisions[revision].settings = {"API_KEY": SECRET[1:]}

    def refuse_architecture(self) -> None:
        self._target.architecture = "arm64"

    def remove(self, revision: str) -> None:
        del self._target.revisions[revision]

    def remove_target(self) -> None:
        del self._service.targets[self.target.id]

    def serve(self, revision: str, at: datetime, times: int, failed: int = 0, milliseconds: int = 100) -> None:
        requests = (Served(at, each < failed, milliseconds) for each in range(times))
        self._service.serve(self.target.id, revision, *requests)

    def answer(self, payload: str, error: str | None = None) -> None:
        self._target.answers.append((payload, error))

    def lose_request(self) -> None:
        self._service.lose_answer("request")

    def requests(self) -> Sequence[tuple[str, str]]:
        return self._target.requests

    def lose_evidence(self) -> None:
        self._target.counts_requests = False

    def tasks(self) -> Sequence[tuple[str, Sequence[str]]]:
        return [(each.revision, each.command.arguments) for each in self._service.tasks.known.values()]

    def lose_task(self) -> None:
        self._service.tasks.lose_answer("start")

    def end_task(self, task: str, exit_code: int) -> None:
        found = self._service.tasks.known[task]
        found.status, found.exit_code = TaskStatus.ENDED, exit_code

    def break_off_task(self, task: str) -> None:
        self._service.tasks.known[task].status = TaskStatus.BROKEN_OFF

    def forget_task(self, task: str) -> None:
        del self._service.tasks.known[task]

    @property
    def _target(self) -> MemoryTarget:
        return self._service.targets[self.target.id]
