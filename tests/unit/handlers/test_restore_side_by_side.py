"""RestoreVersion on many targets at once, some of which do not answer."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from gantry.handlers import entry
from gantry.promotion.errors import InvalidRequestError, TargetUnreachableError
from gantry.promotion.rollback_request import RollbackRequest
from gantry.promotion.target import Target
from gantry.promotion.timestamps import moment
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.use_cases.rollback.choosing import wish_of
from gantry.use_cases.rollback.found_targets import RestoreRequest, find_target, leased_targets, live_targets
from gantry.use_cases.rollback.restore_version import restore_one
from gantry.use_cases.side_by_side import InTime
from tests.unit.handlers.payloads import ENTERED_AT, OTHER_TARGET, ROLLBACK, TARGET
from tests.unit.handlers.records import held, live, record_live
from tests.unit.handlers.rollbacks import in_flight, restore, routes
from tests.unit.handlers.workloads import Workloads

LATER = "2100-01-01T00:00:00.000Z"
"""A state that was entered just now, however slow the tests are."""
MANY = [replace(LambdaTarget.of(TARGET), function=f"cowsay-{number:02}").as_target() for number in range(40)]


@pytest.fixture(autouse=True)
def running(ledger: Any, workloads: Workloads) -> None:
    workloads.executions.running.add(ROLLBACK)


@pytest.fixture
def hung(monkeypatch: pytest.MonkeyPatch, workloads: Workloads) -> Iterator[Target]:
    """The last of 40 targets does not answer until the test is over, and everybody has eight seconds."""
    monkeypatch.setattr(entry, "seconds_left", lambda *_: 8.0)
    over = threading.Event()
    record_live(*(live(8, 7, target=each) for each in MANY))
    for each in MANY:
        routes(workloads, 8, each)
    last = workloads.alias(MANY[-1])

    def routing() -> Any:
        over.wait(10)
        return type(last).routing(last)

    monkeypatch.setattr(last, "routing", routing)
    yield MANY[-1]
    over.set()


def test_39_targets_are_back_although_the_40th_does_not_answer(workloads: Workloads, hung: Target) -> None:
    with pytest.raises(TargetUnreachableError, match=hung.id):
        restore(entered_at=LATER)
    assert [workloads.alias(each).current for each in MANY[:-1]] == [Routing("7")] * 39
    answer = restore(entered_at=ENTERED_AT)
    assert len(answer["restored"]) == 39
    (problem,) = answer["problems"]
    assert problem.startswith(f"{hung.id}: TargetUnreachableError: it did not answer within")
    assert all(workloads.alias(each).written == [Routing("7")] for each in MANY[:-1]), "what is done is passed over"
    assert (workloads.alias(hung).written, held(hung).holder) == ([], None)


def test_a_region_that_cannot_be_reached_is_a_problem_of_its_own(workloads: Workloads) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    routes(workloads, 8)
    routes(workloads, 8, OTHER_TARGET)
    workloads.alias(OTHER_TARGET).refusal = ConnectTimeoutError(endpoint_url="https://lambda.eu-west-1.test")
    answer = restore()
    assert [each["target_id"] for each in answer["restored"]] == [TARGET.id]
    assert answer["problems"][0].startswith(f"{OTHER_TARGET.id}: TargetUnreachableError: it did not answer: ")


@pytest.mark.parametrize("where", [{"region": "us-east-1"}, {"target": TARGET.id}, {"target": [TARGET.id]}])
def test_a_rollback_may_be_for_some_targets_only(workloads: Workloads, where: dict[str, Any]) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    routes(workloads, 8)
    routes(workloads, 8, OTHER_TARGET)
    assert [each["target_id"] for each in restore(**where)["restored"]] == [TARGET.id]
    assert workloads.alias(OTHER_TARGET).written == []


def test_a_target_that_the_environment_does_not_have_is_refused_with_those_that_it_has(workloads: Workloads) -> None:
    record_live(live(8, 7))
    with pytest.raises(InvalidRequestError, match=f"Its targets: {TARGET.id}"):
        restore(region="eu-north-1")
    assert workloads.alias(TARGET).written == []


def test_who_answers_when_nobody_waits_any_more_changes_nothing(workloads: Workloads) -> None:
    """A function that has answered is frozen with its threads, and the next invocation thaws them."""
    record_live(live(8, 7))
    routes(workloads, 8)
    leased = leased_targets(live_targets(_request(), entry.services()), entry.services())
    found = find_target(leased[0], _request(), entry.services())
    wish = wish_of(_request(), leased, [found])
    in_time = InTime()
    in_time.end()
    with pytest.raises(TargetUnreachableError, match="too late, so nothing was changed"):
        restore_one(found, _request(), wish, entry.services(), in_time)
    assert (workloads.alias(TARGET).written, held().holder) == ([], None)


def _request() -> RestoreRequest:
    return RestoreRequest(ROLLBACK, moment(ENTERED_AT), "cowsay", "prod", RollbackRequest())


def test_what_is_rolled_back_does_not_depend_on_which_region_answers(workloads: Workloads) -> None:
    """A deployment is in flight where nobody answers: elsewhere its release has not arrived, so nothing goes back."""
    record_live(live(7, 6), live(7, 6, target=OTHER_TARGET))
    in_flight(workloads, 8)
    routes(workloads, 7, OTHER_TARGET)
    workloads.alias(TARGET).refusal = ConnectTimeoutError(endpoint_url="https://lambda.us-east-1.test")
    (answer,) = restore()["restored"]
    assert (answer["target_id"], answer["restore_point"]["revision"]) == (OTHER_TARGET.id, "7")
