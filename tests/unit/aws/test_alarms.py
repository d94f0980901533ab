import json
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from gantry.aws.alarms import Alarms
from gantry.promotion.errors import AlarmNotFoundError
from gantry.promotion.judge.alarm_facts import AlarmChange, AlarmFacts
from gantry.promotion.target import Target

SHIFTED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BEFORE, AFTER = SHIFTED - timedelta(minutes=5), SHIFTED + timedelta(minutes=2)
BOTH = ("MetricAlarm", "CompositeAlarm")


def alarm(name: str, state: str, transitioned: datetime | None = BEFORE) -> dict[str, Any]:
    found = {"AlarmName": name, "StateValue": state, "StateReason": f"{name} says {state}"}
    return found | ({"StateTransitionedTimestamp": transitioned} if transitioned else {})


def change(name: str, old: str, new: str, at: datetime, reason: str | None = "too many errors") -> dict[str, Any]:
    new_state = {"stateValue": new} | ({"stateReason": reason} if reason else {})
    data = {"version": "1.0", "oldState": {"stateValue": old}, "newState": new_state}
    return {"AlarmName": name, "HistoryItemType": "StateUpdate", "Timestamp": at, "HistoryData": json.dumps(data)}


@pytest.fixture
def client() -> Any:
    return boto3.client("cloudwatch")


@pytest.fixture
def alarms(client: Any, target: Target) -> Alarms:
    return Alarms(client, target)


def history(answers: Stubber, *items: dict[str, Any]) -> None:
    answers.add_response("describe_alarm_history", {"AlarmHistoryItems": list(items)})


def test_states_are_found_by_name_whatever_kind_of_alarm_it_is(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response(
        "describe_alarms",
        {"MetricAlarms": [alarm("errors", "OK")], "CompositeAlarms": [alarm("anything", "ALARM")]},
        {"AlarmNames": ["anything", "errors"], "AlarmTypes": BOTH},
    )

    assert alarms.states(["anything", "errors"]) == {"anything": "ALARM", "errors": "OK"}


def test_states_are_read_to_the_last_page(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "OK")], "NextToken": "more"})
    answers.add_response("describe_alarms", {"CompositeAlarms": [alarm("anything", "INSUFFICIENT_DATA")]})

    assert alarms.states(["errors", "anything"]) == {"errors": "OK", "anything": "INSUFFICIENT_DATA"}


def test_an_alarm_that_does_not_exist_is_named(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "OK")]})

    with pytest.raises(AlarmNotFoundError) as caught:
        alarms.states(["errors", "latency", "throttles"])

    assert "222222222222/us-east-1 has no metric or composite alarm named latency, throttles" in str(caught.value)


def test_without_alarms_nothing_is_asked(alarms: Alarms, answers: Stubber) -> None:
    assert alarms.states([]) == {}
    assert alarms.watch((), SHIFTED).changes == ()


@pytest.mark.parametrize("at", [SHIFTED, AFTER])
def test_an_alarm_that_went_off_since_the_shift_has_changed(alarms: Alarms, answers: Stubber, at: datetime) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "ALARM", at)]})

    (found,) = alarms.watch(["errors"], SHIFTED).changes

    assert found == AlarmChange("errors", at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "errors says ALARM")


def test_an_alarm_that_fires_since_before_the_shift_has_not_changed(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "ALARM", BEFORE)]})

    assert alarms.watch(["errors"], SHIFTED).changes == ()


def test_an_alarm_that_went_off_and_is_quiet_again_has_changed(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "OK", AFTER)]})
    answers.add_response(
        "describe_alarm_history",
        {"AlarmHistoryItems": [change("errors", "OK", "ALARM", SHIFTED), change("errors", "ALARM", "OK", AFTER)]},
        {
            "AlarmName": "errors",
            "AlarmTypes": BOTH,
            "HistoryItemType": "StateUpdate",
            "StartDate": SHIFTED,
            "ScanBy": "TimestampAscending",
        },
    )

    assert alarms.watch(["errors"], SHIFTED).changes == (
        AlarmChange("errors", "2026-11-22T12:00:00.000Z", "too many errors"),
    )


def test_an_alarm_that_flaps_counts_once(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "OK", AFTER)]})
    history(
        answers,
        change("errors", "ALARM", "INSUFFICIENT_DATA", SHIFTED),
        change("errors", "INSUFFICIENT_DATA", "ALARM", AFTER),
        change("errors", "OK", "ALARM", AFTER + timedelta(minutes=1)),
    )

    assert [each.at for each in alarms.watch(["errors"], SHIFTED).changes] == ["2026-11-22T12:02:00.000Z"]


@pytest.mark.parametrize(
    "item",
    [
        change("errors", "ALARM", "OK", AFTER),
        change("errors", "ALARM", "ALARM", AFTER),
        change("errors", "OK", "ALARM", BEFORE),
    ],
)
def test_only_a_change_to_alarm_since_the_shift_counts(alarms: Alarms, answers: Stubber, item: dict[str, Any]) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "OK", AFTER)]})
    history(answers, item)

    assert alarms.watch(["errors"], SHIFTED).changes == ()


def test_an_alarm_without_the_time_of_its_change_is_looked_up_in_the_history(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "ALARM", None)]})
    history(answers, change("errors", "OK", "ALARM", AFTER, reason=None))

    assert alarms.watch(["errors"], SHIFTED).changes == (AlarmChange("errors", "2026-11-22T12:02:00.000Z", ""),)


def test_the_history_is_read_to_the_last_page(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "OK", AFTER)]})
    first = {"AlarmHistoryItems": [change("errors", "ALARM", "OK", SHIFTED)], "NextToken": "more"}
    answers.add_response("describe_alarm_history", first)
    history(answers, change("errors", "OK", "ALARM", AFTER))

    assert [each.name for each in alarms.watch(["errors"], SHIFTED).changes] == ["errors"]


def test_changes_of_an_alarm_that_does_not_exist_are_not_taken_for_none(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {})

    with pytest.raises(AlarmNotFoundError):
        alarms.watch(["errors"], SHIFTED)


def test_alarms_that_fired_before_or_have_no_data_are_named_apart_from_the_changes(
    alarms: Alarms, answers: Stubber
) -> None:
    described = {
        "MetricAlarms": [
            alarm("errors", "ALARM", AFTER),
            alarm("latency", "ALARM", BEFORE),
            alarm("orders", "INSUFFICIENT_DATA", BEFORE),
        ],
        "CompositeAlarms": [alarm("anything", "OK", BEFORE)],
    }
    answers.add_response("describe_alarms", described)

    facts = alarms.watch(["errors", "latency", "orders", "anything"], SHIFTED)

    assert [each.name for each in facts.changes] == ["errors"]
    assert (facts.firing_before, facts.without_data) == (("latency",), ("orders",))


def test_an_alarm_that_lost_its_data_after_it_went_off_has_changed(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "INSUFFICIENT_DATA", AFTER)]})
    history(answers, change("errors", "OK", "ALARM", SHIFTED))

    facts = alarms.watch(["errors"], SHIFTED)

    assert ([each.name for each in facts.changes], facts.without_data) == (["errors"], ())


def test_an_alarm_whose_data_stopped_during_the_rollout_has_none(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "INSUFFICIENT_DATA", AFTER)]})
    history(answers, change("errors", "OK", "INSUFFICIENT_DATA", AFTER))

    assert alarms.watch(["errors"], SHIFTED) == AlarmFacts(without_data=("errors",))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("Throttling", "CloudWatch throttles calls in 222222222222/us-east-1 (Throttling: no reason)"),
        ("AccessDenied", "does not let the pipeline read alarms (AccessDenied: no reason): deploy the current target"),
        ("InternalFailure", "could not answer (InternalFailure: no reason): the next look asks again"),
    ],
)
def test_alarms_that_cloudwatch_refuses_to_describe_are_unknown(
    alarms: Alarms, answers: Stubber, code: str, words: str
) -> None:
    answers.add_client_error("describe_alarms", code, "no reason")

    (said,) = alarms.watch(["errors"], SHIFTED).unknown

    assert said.startswith("the alarms: CloudWatch")
    assert words in said


def test_alarms_are_unknown_when_cloudwatch_hangs(alarms: Alarms, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(operation: str) -> None:
        raise ReadTimeoutError(endpoint_url=operation)

    monkeypatch.setattr(client, "get_paginator", hang)

    (said,) = alarms.watch(["errors"], SHIFTED).unknown

    assert "did not answer (ReadTimeoutError): the next look asks again" in said


def test_a_refused_history_hides_no_alarm_that_is_known_to_have_changed(alarms: Alarms, answers: Stubber) -> None:
    described = [alarm("errors", "OK", AFTER), alarm("latency", "INSUFFICIENT_DATA", AFTER)]
    answers.add_response("describe_alarms", {"MetricAlarms": [*described, alarm("orders", "ALARM", AFTER)]})
    for _ in described:
        answers.add_client_error("describe_alarm_history", "AccessDenied", "no reason")

    facts = alarms.watch(["errors", "latency", "orders"], SHIFTED)

    assert [each.name for each in facts.changes] == ["orders"]
    assert (facts.firing_before, facts.without_data) == ((), ())
    (said,) = facts.unknown
    assert said.startswith("whether the alarms “errors”, “latency” changed to ALARM: CloudWatch in 222222222222")
    assert said.endswith("denies cloudwatch:DescribeAlarmHistory")


def test_a_slow_cloudwatch_is_not_asked_for_each_alarms_history(
    alarms: Alarms, answers: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = count(step=5)
    monkeypatch.setattr("gantry.aws.deadline.time", SimpleNamespace(monotonic=lambda: next(clock)))
    answers.add_response(
        "describe_alarms", {"MetricAlarms": [alarm("errors", "OK", AFTER), alarm("orders", "OK", AFTER)]}
    )
    history(answers, change("errors", "OK", "ALARM", AFTER))

    facts = alarms.watch(["errors", "orders"], SHIFTED)

    assert [each.name for each in facts.changes] == ["errors"]
    (said,) = facts.unknown
    assert said == (
        "whether the alarm “orders” changed to ALARM: "
        "there was no time left to ask CloudWatch: the next look asks again"
    )
