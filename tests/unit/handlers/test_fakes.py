"""What the other tests lean on: the fakes take the adapters' calls and keep their promises."""

import inspect
from collections.abc import Callable
from dataclasses import replace

import pytest

from gantry.aws.accounts import Accounts
from gantry.aws.alarms import Alarms
from gantry.aws.aliases import Alias
from gantry.aws.executions import Executions
from gantry.aws.functions import LambdaFunction
from gantry.aws.images import Images
from gantry.aws.metrics import CanaryMetrics
from gantry.aws.repairs import Repairs
from gantry.promotion.configuration import Configuration
from gantry.promotion.errors import TargetChangedError, TargetConflictError, TargetPendingError
from gantry.promotion.traffic import Routing
from tests.unit.handlers import fakes
from tests.unit.handlers.fake_function import LATEST, FakeFunction
from tests.unit.handlers.payloads import DEPLOYMENT, DIGEST, OLD_DIGEST, TARGET

PAIRS: list[tuple[type, type]] = [
    (Alias, fakes.FakeAlias),
    (LambdaFunction, FakeFunction),
    (Alarms, fakes.FakeAlarms),
    (CanaryMetrics, fakes.FakeMetrics),
    (Accounts, fakes.FakeAccounts),
    (Images, fakes.FakeImages),
    (Executions, fakes.FakeExecutions),
    (Repairs, fakes.FakeRepairs),
]
CONFIGURATION = Configuration(512, 10, 512, {}, [], None)


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


def test_a_fake_alias_that_is_seized_is_written_also_when_somebody_else_was_faster() -> None:
    alias = fakes.FakeAlias(TARGET, Routing("7"), interference=Routing("6"))
    assert alias.seize(lambda _: Routing("7")) == Routing("6")
    assert alias.written == [Routing("7")]


def test_a_fake_alias_that_is_seized_is_not_written_by_who_read_it_before() -> None:
    alias = fakes.FakeAlias(TARGET, Routing("7"))
    found = alias.routing()
    assert found
    alias.seize(lambda current: current)
    with pytest.raises(TargetChangedError):
        alias.update(Routing("8"), found[1])


def test_of_a_fake_execution_that_runs_no_end_is_known() -> None:
    executions = fakes.FakeExecutions(running={DEPLOYMENT})
    assert executions.ended(DEPLOYMENT) is None
    executions.stop(DEPLOYMENT, "", "")
    ended = executions.ended(DEPLOYMENT)
    assert ended
    assert ended.status == "ABORTED"


@pytest.fixture
def function() -> FakeFunction:
    there = FakeFunction(TARGET)
    there.deployed(OLD_DIGEST, CONFIGURATION)
    return there


def test_a_fake_function_takes_no_second_change_while_the_first_is_under_way(function: FakeFunction) -> None:
    function.update_image(f"registry@{DIGEST}", function.wait_until_settled().revision_id)
    with pytest.raises(TargetConflictError, match="in progress"):
        function.update_configuration(CONFIGURATION, function.states[LATEST].revision_id)


def test_a_fake_function_has_another_revision_id_once_a_change_has_settled(function: FakeFunction) -> None:
    function.update_image(f"registry@{DIGEST}", function.wait_until_settled().revision_id)
    under_way = function.states[LATEST].revision_id
    function.wait_until_settled()
    with pytest.raises(TargetConflictError, match="somebody else"):
        function.publish(DIGEST.removeprefix("sha256:"), under_way, "")


def test_a_fake_function_is_pending_for_whoever_does_not_wait_long_enough(function: FakeFunction) -> None:
    function.update_image(f"registry@{DIGEST}", function.wait_until_settled().revision_id)
    function.takes_seconds = 30
    with pytest.raises(TargetPendingError):
        function.wait_until_settled()
    function.settle_seconds = 30
    assert function.wait_until_settled().last_update_status == "Successful"


def test_a_fake_function_publishes_only_the_code_that_was_read(function: FakeFunction) -> None:
    with pytest.raises(TargetConflictError, match="other code"):
        function.publish(DIGEST.removeprefix("sha256:"), function.wait_until_settled().revision_id, "")


def test_a_fake_function_publishes_nothing_twice(function: FakeFunction) -> None:
    latest = function.wait_until_settled()
    assert function.publish(latest.code_sha256, latest.revision_id, "") == "1"
    assert replace(function.states["1"], version=LATEST) == latest
