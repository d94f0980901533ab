"""RehearseRollbacks and RestoreVersion's rehearsal: what would fail is told before it is needed, once."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from gantry.aws.emergency_path import EmergencyPath
from gantry.handlers import entry
from gantry.handlers.event_rules import rehearse_rollbacks
from gantry.handlers.rollback_machine import record_rollback, restore_version, stop_deployment, wake_version
from gantry.promotion.errors import NotificationError, TargetAccessError
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor
from gantry.promotion.rehearsal import RehearsedTarget
from gantry.promotion.target import Target
from gantry.promotion.unfinished import RehearsalError
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.use_cases.services import Services
from tests.unit.handlers.outages import without_topic
from tests.unit.handlers.payloads import OTHER_TARGET, TARGET, Told, invoke
from tests.unit.handlers.records import digest_of, held, live, record_lease, record_live
from tests.unit.handlers.rollbacks import routes
from tests.unit.handlers.workloads import Workloads

FUNCTIONS = {
    "restore": restore_version.handler,
    "wake": wake_version.handler,
    "stop": stop_deployment.handler,
    "record": record_rollback.handler,
}


class FakeLambda:
    """Runs the functions of the rollback machine, as Lambda does."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.broken: set[str] = set()

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 -- boto3's own names
        self.called.append(FunctionName)
        if FunctionName in self.broken:
            said = {"errorType": "Runtime.ImportModuleError", "errorMessage": "no module named gantry"}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(said).encode())}
        answer = invoke(FUNCTIONS[FunctionName], json.loads(Payload))
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture(autouse=True)
def path(services: Services, ledger: Any, told: Told) -> FakeLambda:
    client: Any = FakeLambda()
    vars(services)["emergency_path"] = EmergencyPath(client, "restore", ("wake", "stop", "record"))
    found: FakeLambda = client
    return found


@pytest.fixture
def released(ledger: Any, workloads: Workloads) -> None:
    """Version 8 is live on both targets."""
    for target in (TARGET, OTHER_TARGET):
        record_live(live(8, 7, 6, target=target))
        record_lease(Lease(target, live_for=LiveFor("cowsay", "prod")))
        routes(workloads, 8, target)


def rehearse() -> Any:
    return invoke(rehearse_rollbacks.handler, {})


def kept() -> dict[str, RehearsedTarget]:
    found = entry.services().rehearsals.last("cowsay", "prod")
    assert found
    return {each.target_id: each for each in found.targets}


def becomes(workloads: Workloads, version: int, state: str, target: Target = TARGET) -> None:
    workloads.function(target).somebody_changes(str(version), state=state)


@pytest.mark.usefixtures("released")
def test_where_all_is_well_nobody_is_told_and_nothing_is_changed(
    workloads: Workloads, told: Told, path: FakeLambda
) -> None:
    leases = [held(target) for target in (TARGET, OTHER_TARGET)]
    assert rehearse() == {"environments": 1, "problems": 0}
    assert kept() == {each.id: RehearsedTarget(each.id, "7", None) for each in (TARGET, OTHER_TARGET)}
    assert told() == []
    assert [held(target) for target in (TARGET, OTHER_TARGET)] == leases
    assert workloads.alias(TARGET).written == []
    assert path.called == ["restore", "wake", "stop", "record"], "all of them are awake"


@pytest.mark.usefixtures("released")
def test_a_version_that_cannot_run_is_told_once_until_it_changes(workloads: Workloads, told: Told) -> None:
    becomes(workloads, 7, "Failed")
    assert rehearse()["problems"] == 1
    ((subject, text),) = told()
    assert subject == "Rehearsal of rollbacks: 1 would fail"
    assert f"- {TARGET.id}: version 7 (tag7) cannot run: Failed. A rollback would restore version 6 (tag6)" in text
    rehearse()
    assert len(told()) == 1
    becomes(workloads, 6, "Failed")
    rehearse()
    assert "RevisionUnusableError" in told()[1][1]
    for version in (6, 7):
        becomes(workloads, version, "Active")
    rehearse()
    subject, text = told()[2]
    assert subject == "Rehearsal of rollbacks: all that failed would work again"
    assert f"These would work again:\n- {TARGET.id}" in text


@pytest.mark.usefixtures("released")
def test_one_that_sleeps_is_no_problem_because_it_would_be_woken(workloads: Workloads, told: Told) -> None:
    becomes(workloads, 7, "Inactive")
    assert rehearse()["problems"] == 0
    assert (told(), workloads.function(TARGET).woken) == ([], [])


def break_access(workloads: Workloads) -> None:
    workloads.closed.add(TARGET.account)


def break_right(workloads: Workloads) -> None:
    workloads.alias(TARGET).update_refusal = TargetAccessError("not authorized to perform: lambda:UpdateAlias")


def break_wake_right(workloads: Workloads) -> None:
    workloads.function(TARGET).wake_refusal = TargetAccessError("not authorized to perform: lambda:InvokeFunction")


def break_alias(workloads: Workloads) -> None:
    workloads.alias(TARGET).current = None


def break_image(workloads: Workloads) -> None:
    workloads.images.deleted.add((TARGET.region, digest_of(7)))


def forbid_to_wake(workloads: Workloads) -> None:
    record_live(live(8, 7, 6, target=replace(LambdaTarget.of(TARGET), wake=False).as_target()))
    becomes(workloads, 7, "Inactive")


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (break_access, "does not let the pipeline in"),
        (break_right, "lambda:UpdateAlias"),
        (break_wake_right, "lambda:InvokeFunction"),
        (break_alias, "the alias is gone"),
        (break_image, "version 7 (tag7) runs, but its artifact"),
        (forbid_to_wake, "sleeps, and the manifest has wake: false"),
    ],
)
def test_whatever_would_fail_is_found(workloads: Workloads, told: Told, breaks: Any, said: str) -> None:
    breaks(workloads)
    rehearse()
    ((_, text),) = told()
    assert said in text
    assert workloads.alias(TARGET).written == []


def test_a_first_release_has_nothing_that_could_fail(workloads: Workloads, told: Told) -> None:
    record_live(live(1))
    record_lease(Lease(TARGET, live_for=LiveFor("cowsay", "prod")))
    routes(workloads, 1)
    rehearse()
    assert kept() == {TARGET.id: RehearsedTarget(TARGET.id, None, None)}
    assert told() == []


@pytest.mark.usefixtures("released")
def test_a_message_that_is_lost_is_sent_with_the_next_run(workloads: Workloads, services: Services, told: Told) -> None:
    becomes(workloads, 7, "Failed")
    topic = services.topic
    without_topic(services)
    with pytest.raises(NotificationError):
        rehearse()
    vars(services)["topic"] = topic
    rehearse()
    assert len(told()) == 1


@pytest.mark.usefixtures("released")
def test_a_function_of_the_rollback_machine_that_fails_is_an_error_and_the_rest_is_kept(path: FakeLambda) -> None:
    path.broken.add("stop")
    with pytest.raises(RehearsalError, match=r"stop failed: Runtime\.ImportModuleError: no module named gantry"):
        rehearse()
    assert kept()[TARGET.id].revision == "7"
    path.broken = {"restore"}
    with pytest.raises(RehearsalError, match="restore failed"):
        rehearse()
