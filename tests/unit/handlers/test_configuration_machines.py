"""A change of configuration alone, through the three machines with their real definitions and handlers."""

from typing import Any

import pytest

from gantry.handlers import entry
from gantry.promotion.masking import shown
from gantry.targets import registry
from gantry.targets.registry import RegisteredKinds
from tests.unit.asl.execution import Execution
from tests.unit.handlers.manifests import upload
from tests.unit.handlers.payloads import Said
from tests.unit.handlers.records import digest_of, history
from tests.unit.handlers.test_second_kind import MANIFEST
from tests.unit.handlers.whole_machines import WholeMachines
from tests.unit.handlers.workloads import Workloads
from tests.unit.targets.memory.kind import MemoryKind
from tests.unit.targets.memory.service import MemoryService

pytestmark = [
    pytest.mark.usefixtures("ledger", "bucket", "told"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]
OLD, NEW = 1, 2


@pytest.fixture
def machines(workloads: Workloads, monkeypatch: pytest.MonkeyPatch) -> WholeMachines:
    """The newer image is live in dev, the older one in prod."""
    service = MemoryService(looks_to_settle=1)
    there = WholeMachines(service)
    monkeypatch.setitem(registry.KINDS, "memory", "tests.unit.targets.memory")
    kinds = RegisteredKinds({"memory": lambda: MemoryKind(service), "lambda": workloads.kind})
    vars(entry.services()).update(kinds=kinds, executions=there)
    upload(MANIFEST)
    for number in (OLD, NEW):
        workloads.images.push("cowsay", f"abcdef{number}", digest_of(number))
    started(there, tag=f"abcdef{OLD}")
    started(there, tag=f"abcdef{NEW}", environments=["dev"])
    assert live() == {"dev": (digest_of(NEW), "Hello"), "prod": (digest_of(OLD), "Hello")}
    return there


def started(machines: WholeMachines, **typed: Any) -> Execution:
    run = machines.run("promotion", {"repository": "cowsay", "started_by": "bob@example.com"} | typed)
    assert run.status == "SUCCEEDED", (run.error, run.cause)
    return run


def live() -> dict[str, tuple[str, str | None]]:
    """By environment, what artifact is live, and with what setting."""
    found = {each.environment: each.current for each in entry.services().ledger.live("cowsay")}
    return {name: (each.digest, _setting(each.configuration)) for name, each in found.items()}


def _setting(configuration: Any) -> str | None:
    return next((shown(value) for key, value in (configuration or {}).items() if key.endswith("TO_SAY")), None)


def change(said: str) -> None:
    upload(MANIFEST.replace("Hello", said))


def test_each_environment_keeps_its_artifact_and_gets_the_configuration(machines: WholeMachines) -> None:
    change("Moo")
    run = started(machines, configuration_only=True)
    assert live() == {"dev": (digest_of(NEW), "Moo"), "prod": (digest_of(OLD), "Moo")}
    assert run.output["environments"] == ["dev", "prod"]


def test_an_artifact_that_is_live_by_then_is_not_taken_back(machines: WholeMachines) -> None:
    """It comes to prod after the comparison, and before prod's turn."""
    change("Moo")
    run = machines.run(
        "promotion",
        {"repository": "cowsay", "started_by": "bob@example.com", "configuration_only": True},
        until=lambda each: each.state == "CheckGates" and each._scope.input == "prod",
    )
    started(machines, tag=f"abcdef{NEW}", environments=["prod"])
    while run.is_running:
        machines._step(run)
    assert (run.status, "abcdef1 (configuration only) was not deployed" in str(run.cause) or run.cause) == (
        "FAILED",
        True,
    )
    assert live()["prod"] == (digest_of(NEW), "Moo"), "the artifact has brought the newest manifest along"


def test_where_nothing_differs_no_environment_is_entered(machines: WholeMachines, announced: Said) -> None:
    machines.entered.clear()
    started(machines, configuration_only=True)
    assert machines.entered == ["ResolveRelease"]


def test_a_rollback_takes_the_configuration_back_until_an_artifact_brings_it(
    machines: WholeMachines, workloads: Workloads
) -> None:
    """No artifact is quarantined, and each environment goes on with its own."""
    change("Moo")
    started(machines, configuration_only=True)
    back = machines.run("rollback", {"service": "cowsay", "environment": "prod", "reason": "it moos"})
    assert back.status == "SUCCEEDED", back.cause
    assert live() == {"dev": (digest_of(NEW), "Moo"), "prod": (digest_of(OLD), "Hello")}
    assert not entry.services().quarantines.get("cowsay", digest_of(OLD))
    assert started(machines, configuration_only=True).state == "PromotionIgnored"

    workloads.images.push("cowsay", "abcdef3", digest_of(3))
    started(machines, tag="abcdef3")
    assert live() == dict.fromkeys(("dev", "prod"), (digest_of(3), "Moo"))


def test_what_somebody_names_comes_once_more_after_a_rollback(machines: WholeMachines) -> None:
    change("Moo")
    started(machines, configuration_only=True)
    machines.run("rollback", {"service": "cowsay", "environment": "prod", "reason": "it moos"})
    started(machines, configuration_only=True, environments=["prod"])
    assert live()["prod"] == (digest_of(OLD), "Moo")


def test_a_rollback_to_before_it_takes_the_artifact_too(machines: WholeMachines) -> None:
    """Then it is the artifact that stays back, with all that came with it."""
    change("Moo")
    started(machines, configuration_only=True, environments=["dev"])
    back = machines.run(
        "rollback", {"service": "cowsay", "environment": "dev", "tag": f"abcdef{OLD}", "reason": "both"}
    )
    assert back.status == "SUCCEEDED", back.cause
    assert live()["dev"] == (digest_of(OLD), "Hello")
    assert entry.services().quarantines.get("cowsay", digest_of(NEW))
    started(machines, configuration_only=True)
    assert live() == dict.fromkeys(("dev", "prod"), (digest_of(OLD), "Moo"))


def test_of_two_at_once_the_one_that_started_later_stays(machines: WholeMachines) -> None:
    """Both compare before either is on record; the first one comes to prod when the second one is live there."""
    change("Moo")
    run = machines.run(
        "promotion",
        {"repository": "cowsay", "started_by": "bob@example.com", "configuration_only": True},
        until=lambda each: each.state == "ResolveRelease",
    )
    change("Baa")
    started(machines, configuration_only=True)
    while run.is_running:
        machines._step(run)
    assert live() == {"dev": (digest_of(NEW), "Baa"), "prod": (digest_of(OLD), "Baa")}


def test_events_and_history_name_each_environments_own_artifact(machines: WholeMachines, announced: Said) -> None:
    change("Moo")
    announced()
    run = started(machines, configuration_only=True)
    said = [(each["detail-type"], each["detail"]) for each in announced()]
    deployed = [(of["environment"], of["digest"]) for what, of in said if what == "Promotion Deployment Completed"]
    assert deployed == [("dev", digest_of(NEW)), ("prod", digest_of(OLD))]
    assert [(what, of["digest"]) for what, of in said if what in {"Promotion Started", "Promotion Completed"}] == [
        ("Promotion Started", None),
        ("Promotion Completed", None),
    ]
    kept = [each for each in history() if each.execution == run.arn or each.facts.get("promotion") == run.arn]
    assert {each.environment: each.facts["digest"] for each in kept if each.environment} == {
        "dev": digest_of(NEW),
        "prod": digest_of(OLD),
    }
