"""The three machines with a kind of target that exists in tests only: nothing outside of `targets/` knows about it.

The definitions and the handlers are the real ones. The kind is slow, has no compare-and-set, and names its revisions at
random.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from pkgutil import iter_modules
from typing import Any

import pytest

from gantry.aws.executions import ExecutionEnd
from gantry.handlers import deployment_machine, entry, promotion_machine, rollback_machine
from gantry.handlers.event_rules import repair_target
from gantry.promotion.errors import RepairIncompleteError
from gantry.promotion.timestamps import iso, moment
from gantry.promotion.traffic import Routing
from gantry.targets import registry
from gantry.targets.registry import RegisteredKinds
from tests.unit.asl.definitions import CHILD, machine
from tests.unit.asl.execution import Execution
from tests.unit.handlers.manifests import upload
from tests.unit.handlers.payloads import STATES, Said, as_json, invoke
from tests.unit.handlers.pushes import push, recorded
from tests.unit.handlers.records import digest_of
from tests.unit.handlers.workloads import Workloads
from tests.unit.targets.memory.kind import MemoryKind
from tests.unit.targets.memory.service import MemoryService, Served

pytestmark = [
    pytest.mark.usefixtures("ledger", "bucket", "told"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

MANIFEST = """\
repository: cowsay
versioning: git-sha
configuration: {settings: {TO_SAY: Hello}}
environments:
  - name: dev
    targets: [{kind: memory, account: "222222222222", region: us-east-1, pool: barn, name: cowsay, create: true}]
  - name: prod
    targets: [{kind: memory, account: "444444444444", region: us-east-1, pool: barn, name: cowsay, create: true}]
    traffic: [{weight: 10, bake: 5m}, {weight: 50, bake: 10m}]
"""
LOOKS = 8
"""How many looks find a change unfinished: more than States.ALL allows any state, so that waiting has to be meant."""
DEV, PROD = (f"{account}/us-east-1/memory/barn/cowsay" for account in ("222222222222", "444444444444"))


class Machines:
    """Runs executions one task after the other, and is Step Functions to the handlers."""

    def __init__(self, service: MemoryService) -> None:
        self.service = service
        self.canaries_serve = True
        self.baked = timedelta(0)
        """How far the clock is ahead: nobody waits for a bake here."""
        self.executions: dict[str, Execution] = {}
        self._numbers = count(1)

    def now(self) -> str:
        return iso(datetime.now(UTC) + self.baked)

    def is_running(self, arn: str) -> bool:
        return self.executions[arn].is_running

    def end_of(self, arn: str, announced: ExecutionEnd | None = None) -> ExecutionEnd | None:
        found = self.executions[arn]
        return None if found.is_running else ExecutionEnd(arn, found.status, self.now(), found.input, found.error)

    def start_once(self, machine: str, name: str, value: Mapping[str, Any]) -> bool:
        raise AssertionError("nothing here starts promotions")

    def errors(self, _: str) -> list[Mapping[str, Any]]:
        return []

    def stop(self, arn: str, error: str, cause: str) -> None:
        self.executions[arn].end("ABORTED", error, cause)

    def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
        waiting = next((each for each in self.executions.values() if each.token == task_token), None)
        if waiting:
            waiting.succeed(as_json(output))
        return waiting is not None

    def run(self, name: str, given: Any, until: Callable[[Execution], bool] = lambda _: False) -> Execution:
        arn = f"{STATES}:gantry-{name}:push-{next(self._numbers)}"
        given = recorded(given, arn, self.now()) if "detail" in given else given
        run = self.executions[arn] = Execution(machine(name), arn, as_json(given), self.now)
        while run.is_running and not until(run):
            self._step(run)
        return run

    def _step(self, run: Execution) -> None:
        state, token = run.state, f"token-{next(self._numbers)}"
        arguments = run.try_task(token)
        if run.task["Resource"] == CHILD:
            child = self.run("deployment", arguments["Input"])
            if child.status == "SUCCEEDED":
                run.succeed({"Output": child.output})
            else:
                run.fail("States.TaskFailed", json.dumps({"Error": child.error, "Cause": child.cause}))
            return
        try:
            result = invoke(_handler_of(state), arguments["Payload"])
        except Exception as error:
            cause = {"errorType": type(error).__name__, "errorMessage": str(error)}
            run.fail(type(error).__name__, json.dumps(cause))
            return
        if run.token is None and run.state == state:
            run.succeed(result)
        elif run.token == token:  # nobody answers a quiet bake
            if self.canaries_serve:
                target = run.input["target"]["account"] + PROD[12:]
                for revision in (run.variables["canary"], run.variables["found"]["revision"]):
                    self.service.serve(target, revision, *[Served(moment(self.now()))] * 100)
            if run.state == "Bake":
                self.baked += timedelta(seconds=run.variables["look_seconds"])
            run.fail("States.Timeout", "")


def _handler_of(state: str) -> Callable[..., Any]:
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in state).removeprefix("_")
    packages = (promotion_machine, deployment_machine, rollback_machine)
    (package,) = [each for each in packages if name in {found.name for found in iter_modules(each.__path__)}]
    found: Callable[..., Any] = import_module(f"{package.__name__}.{name}").handler
    return found


@pytest.fixture
def machines(workloads: Workloads, monkeypatch: pytest.MonkeyPatch) -> Machines:
    """Both kinds are registered; the second one takes its time for everything."""
    service = MemoryService(looks_to_settle=LOOKS)
    there = Machines(service)
    monkeypatch.setitem(registry.KINDS, "memory", "tests.unit.targets.memory")
    kinds = RegisteredKinds({"memory": lambda: MemoryKind(service), "lambda": workloads.kind})
    vars(entry.services()).update(kinds=kinds, executions=there)
    upload(MANIFEST)
    return there


def promoted(machines: Machines, workloads: Workloads, number: int) -> Execution:
    """Promote an image through both environments."""
    workloads.images.push("cowsay", f"abcdef{number}", digest_of(number))
    run = machines.run("promotion", push(f"abcdef{number}", digest_of(number)))
    assert run.status == "SUCCEEDED", run.cause
    return run


def running(machines: Machines, target: str) -> str:
    """The digest that has all traffic of a target, which has arrived."""
    found = machines.service.targets[target]
    last = found.traffic[-1]
    assert (last.routing.weights, last.looks_left) == ({}, 0)
    return found.revisions[last.routing.revision].digest


def live(environment: str) -> tuple[str, str]:
    """What the ledger calls live, with the revision's name."""
    (found,) = entry.services().ledger.live("cowsay", environment)
    return found.current.digest, found.current.revision


def routes(machines: Machines, target: str) -> list[str]:
    """Where the traffic of a target was ever sent, by the digests' numbers."""
    found = machines.service.targets[target]
    number = {revision.name: int(revision.digest.removeprefix("sha256:"), 16) for revision in found.revisions.values()}
    return [
        f"{number[each.routing.revision]}"
        + "".join(f" and {weight:g} % on {number[other]}" for other, weight in each.routing.weights.items())
        for each in found.traffic
    ]


def lease_is_free(target: str) -> bool:
    leases = {lease.target.id: lease for lease in entry.services().leases.all()}
    return leases[target].holder is None


def test_a_promotion_carries_a_release_through_the_environments(machines: Machines, workloads: Workloads) -> None:
    promoted(machines, workloads, 1)
    promoted(machines, workloads, 2)

    assert running(machines, DEV) == running(machines, PROD) == digest_of(2)
    assert routes(machines, DEV) == ["1", "2"]
    assert routes(machines, PROD) == ["1", "1 and 10 % on 2", "1 and 50 % on 2", "2"]
    for environment, target in (("dev", DEV), ("prod", PROD)):
        revision = machines.service.targets[target].traffic[-1].routing.revision
        assert live(environment) == (digest_of(2), revision)
        assert lease_is_free(target)


def test_a_canary_without_evidence_is_rolled_back(machines: Machines, workloads: Workloads) -> None:
    promoted(machines, workloads, 1)
    workloads.images.push("cowsay", "abcdef2", digest_of(2))
    machines.canaries_serve = False

    run = machines.run("promotion", push("abcdef2", digest_of(2)))

    assert run.status == "FAILED"
    assert "CanaryInconclusiveError" in str(run.cause)
    assert routes(machines, PROD) == ["1", "1 and 10 % on 2", "1"]
    assert running(machines, PROD) == live("prod")[0] == digest_of(1)
    assert not entry.services().quarantines.get("cowsay", digest_of(2)), "nothing was shown to be bad"
    assert lease_is_free(PROD)


def test_a_rollback_restores_the_revision_before(machines: Machines, workloads: Workloads, announced: Said) -> None:
    for number in (1, 2, 3):
        promoted(machines, workloads, number)
    announced()

    run = machines.run("rollback", {"service": "cowsay", "environment": "prod"})

    assert run.status == "SUCCEEDED", run.cause
    assert running(machines, PROD) == live("prod")[0] == digest_of(2)
    assert routes(machines, PROD)[-2:] == ["3", "2"], "one write brings it back"
    assert entry.services().quarantines.get("cowsay", digest_of(3))
    assert [event["detail"]["target"] for event in announced()] == [PROD]
    assert running(machines, DEV) == digest_of(3)


def test_the_repair_takes_back_a_deployment_that_was_stopped_half_way(machines: Machines, workloads: Workloads) -> None:
    promoted(machines, workloads, 1)
    workloads.images.push("cowsay", "abcdef2", digest_of(2))
    promotion = machines.run("promotion", push("abcdef2", digest_of(2)), lambda run: run.state == "DeployToTarget")
    given = promotion.try_task("")["Input"] | {"environment": "prod"}
    given["target"] = given["target"] | {
        "account": "444444444444",
        "arn": given["target"]["arn"].replace("222222222222", "444444444444"),
    }
    plan = [{"weight": 10, "bake_seconds": 300}]
    stopped = machines.run("deployment", given | {"plan": plan}, lambda run: run.state == "Bake")
    assert machines.service.targets[PROD].traffic[-1].routing.weights
    machines.stop(stopped.arn, "Operator", "somebody pressed Stop execution")

    for _ in range(LOOKS):
        with pytest.raises(RepairIncompleteError, match="TargetPendingError"):
            invoke(repair_target.handler, {"target": PROD})
        assert not lease_is_free(PROD)
    assert invoke(repair_target.handler, {"target": PROD}) == {"repaired": [PROD]}

    assert running(machines, PROD) == live("prod")[0] == digest_of(1)
    assert machines.service.targets[PROD].traffic[-1].routing == Routing(live("prod")[1])
    assert lease_is_free(PROD)
