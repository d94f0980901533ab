"""The three machines with a kind of target that exists in tests only: nothing outside of `targets/` knows about it.

The definitions and the handlers are the real ones. The kind is slow, has no compare-and-set, and names its revisions at
random.
"""

import pytest

from gantry.handlers import entry
from gantry.handlers.event_rules import repair_target
from gantry.promotion.traffic import Routing
from gantry.promotion.unfinished import RepairIncompleteError
from gantry.targets import registry
from gantry.targets.registry import RegisteredKinds
from tests.unit.asl.execution import Execution
from tests.unit.handlers.manifests import upload
from tests.unit.handlers.payloads import Said, invoke
from tests.unit.handlers.pushes import push
from tests.unit.handlers.records import digest_of
from tests.unit.handlers.whole_machines import WholeMachines
from tests.unit.handlers.workloads import Workloads
from tests.unit.targets.memory.kind import MemoryKind
from tests.unit.targets.memory.service import MemoryService

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


@pytest.fixture
def machines(workloads: Workloads, monkeypatch: pytest.MonkeyPatch) -> WholeMachines:
    """Both kinds are registered; the second one takes its time for everything."""
    service = MemoryService(looks_to_settle=LOOKS)
    there = WholeMachines(service)
    monkeypatch.setitem(registry.KINDS, "memory", "tests.unit.targets.memory")
    kinds = RegisteredKinds({"memory": lambda: MemoryKind(service), "lambda": workloads.kind})
    vars(entry.services()).update(kinds=kinds, executions=there)
    upload(MANIFEST)
    return there


def promoted(machines: WholeMachines, workloads: Workloads, number: int) -> Execution:
    """Promote an image through both environments."""
    workloads.images.push("cowsay", f"abcdef{number}", digest_of(number))
    run = machines.run("promotion", push(f"abcdef{number}", digest_of(number)))
    assert run.status == "SUCCEEDED", run.cause
    return run


def running(machines: WholeMachines, target: str) -> str:
    """The digest that has all traffic of a target, which has arrived."""
    found = machines.service.targets[target]
    last = found.traffic[-1]
    assert (last.routing.weights, last.looks_left) == ({}, 0)
    return found.revisions[last.routing.revision].digest


def live(environment: str) -> tuple[str, str]:
    """What the ledger calls live, with the revision's name."""
    (found,) = entry.services().ledger.live("cowsay", environment)
    return found.current.digest, found.current.revision


def routes(machines: WholeMachines, target: str) -> list[str]:
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


def test_a_promotion_carries_a_release_through_the_environments(machines: WholeMachines, workloads: Workloads) -> None:
    promoted(machines, workloads, 1)
    promoted(machines, workloads, 2)

    assert running(machines, DEV) == running(machines, PROD) == digest_of(2)
    assert routes(machines, DEV) == ["1", "2"]
    assert routes(machines, PROD) == ["1", "1 and 10 % on 2", "1 and 50 % on 2", "2"]
    for environment, target in (("dev", DEV), ("prod", PROD)):
        revision = machines.service.targets[target].traffic[-1].routing.revision
        assert live(environment) == (digest_of(2), revision)
        assert lease_is_free(target)


def test_a_canary_without_evidence_is_rolled_back(machines: WholeMachines, workloads: Workloads) -> None:
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


def test_a_rollback_restores_the_revision_before(
    machines: WholeMachines, workloads: Workloads, announced: Said
) -> None:
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


def test_the_repair_takes_back_a_deployment_that_was_stopped_half_way(
    machines: WholeMachines, workloads: Workloads
) -> None:
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
