"""The fakes take every call that their adapters take, and keep the services' rules that other tests rely on."""

import inspect
from collections.abc import Callable
from dataclasses import replace

import pytest

from gantry.artifacts.container_image import ContainerImages
from gantry.aws.alarms import Alarms
from gantry.aws.executions import ExecutionEnd, Executions
from gantry.aws.repairs import Repairs
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import TargetChangedError, TargetConflictError
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.alias import Alias
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.evidence import VersionEvidence
from gantry.targets.lambda_alias.function import LambdaFunction
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.packages import ImagePackage
from tests.unit.handlers import fakes, machines, suspended_workload
from tests.unit.handlers.fake_function import LATEST, FakeFunction
from tests.unit.handlers.payloads import DEPLOYMENT, DIGEST, OLD_DIGEST, TARGET

PACKAGE = ImagePackage(Artifact(ArtifactKind.CONTAINER_IMAGE, DIGEST, "cowsay"), "111111111111", "us-east-1")

PAIRS: list[tuple[type, type]] = [
    (Alias, fakes.FakeAlias),
    (LambdaFunction, FakeFunction),
    (Alarms, fakes.FakeAlarms),
    (Alarms, suspended_workload.Alarms),
    (VersionEvidence, fakes.FakeEvidence),
    (VersionEvidence, suspended_workload.Evidence),
    (ContainerImages, fakes.FakeImages),
    (Executions, fakes.FakeExecutions),
    (Executions, machines.StepFunctions),
    (Repairs, fakes.FakeRepairs),
]
CONFIGURATION = LambdaConfiguration(512, 10, 512, {}, [], None, [], "")


def parameters(function: Callable[..., object]) -> list[tuple[str, object, object]]:
    return [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize(("adapter", "fake"), PAIRS)
def test_a_fake_takes_every_call_that_its_adapter_takes(adapter: type, fake: type) -> None:
    calls = {name: function for name, function in vars(adapter).items() if inspect.isfunction(function)}
    public = {name: parameters(function) for name, function in calls.items() if not name.startswith("_")}
    assert public
    assert public == {name: parameters(vars(fake)[name]) for name in public}


def test_a_fake_alias_is_not_written_with_a_revision_id_from_before_another_change() -> None:
    alias = fakes.FakeAlias(TARGET, Routing("7"))
    found = alias.routing()
    assert found
    alias.somebody_makes_it(Routing("6"))
    with pytest.raises(TargetChangedError):
        alias.update(Routing("8"), found[1])
    assert alias.current == Routing("6")


def test_a_fake_alias_that_was_written_in_vain_is_not_written_with_what_was_read_before() -> None:
    alias = fakes.FakeAlias(TARGET, Routing("7"))
    found = alias.routing()
    assert found
    alias.update(*found)
    with pytest.raises(TargetChangedError):
        alias.update(Routing("8"), found[1])


def test_a_fake_alias_is_created_once() -> None:
    alias = fakes.FakeAlias(TARGET)
    alias.create("1")
    alias.create("1")
    with pytest.raises(TargetChangedError):
        alias.create("2")
    assert alias.written == [Routing("1")]


def test_a_fake_execution_has_no_end_while_it_runs() -> None:
    executions = fakes.FakeExecutions(running={DEPLOYMENT})
    assert executions.end_of(DEPLOYMENT) is None
    executions.stop(DEPLOYMENT, "", "")
    ended = executions.end_of(DEPLOYMENT)
    assert ended
    assert ended.status == "ABORTED"


def test_an_announced_end_counts_while_a_fake_execution_does_not_know_it_yet() -> None:
    executions = fakes.FakeExecutions(running={DEPLOYMENT}, late={DEPLOYMENT})
    announced = ExecutionEnd(DEPLOYMENT, "TIMED_OUT", fakes.ENDED_AT, {})
    assert executions.is_running(DEPLOYMENT)
    assert executions.end_of(DEPLOYMENT, announced) == announced


@pytest.fixture
def function() -> FakeFunction:
    there = FakeFunction(TARGET)
    there.deployed(OLD_DIGEST, CONFIGURATION)
    return there


def latest_of(function: FakeFunction) -> FunctionState:
    found = function.state()
    assert found
    return found


def test_a_fake_function_takes_no_second_change_while_the_first_is_under_way(function: FakeFunction) -> None:
    under_way = function.update_code(PACKAGE, latest_of(function).revision_id)
    with pytest.raises(TargetConflictError, match="in progress"):
        function.update_configuration(CONFIGURATION, under_way.revision_id)


def test_a_fake_function_has_another_revision_id_once_a_change_has_settled(function: FakeFunction) -> None:
    under_way = function.update_code(PACKAGE, latest_of(function).revision_id)
    assert latest_of(function).is_settled
    with pytest.raises(TargetConflictError, match="somebody else"):
        function.publish(DIGEST.removeprefix("sha256:"), under_way.revision_id, "")


def test_a_fake_function_settles_after_as_many_looks_as_it_takes(function: FakeFunction) -> None:
    function.update_code(PACKAGE, latest_of(function).revision_id)
    function.takes_looks = 2
    assert [latest_of(function).last_update_status for _ in range(3)] == ["InProgress", "InProgress", "Successful"]


def test_a_fake_version_is_pending_until_it_was_looked_at(function: FakeFunction) -> None:
    function.update_code(PACKAGE, latest_of(function).revision_id)
    latest = latest_of(function)
    version = function.publish(latest.code_sha256, latest.revision_id, "")
    assert function.states[version].state == "Pending"
    found = function.state(version)
    assert found
    assert found.is_settled


def test_a_fake_function_publishes_only_the_code_that_was_read(function: FakeFunction) -> None:
    with pytest.raises(TargetConflictError, match="other code"):
        function.publish(DIGEST.removeprefix("sha256:"), latest_of(function).revision_id, "")


def test_a_fake_function_publishes_nothing_twice(function: FakeFunction) -> None:
    latest = latest_of(function)
    assert function.publish(latest.code_sha256, latest.revision_id, "") == "1"
    assert replace(function.states["1"], version=LATEST) == function.states[LATEST]
