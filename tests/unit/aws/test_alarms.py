import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
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
    assert alarms.changes((), SHIFTED) == ()


@pytest.mark.parametrize("at", [SHIFTED, AFTER])
def test_an_alarm_that_went_off_since_the_shift_has_changed(alarms: Alarms, answers: Stubber, at: datetime) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "ALARM", at)]})

    (found,) = alarms.changes(["errors"], SHIFTED)

    assert found == AlarmChange("errors", at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "errors says ALARM")


def test_an_alarm_that_fires_since_before_the_shift_has_not_changed(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "ALARM", BEFORE)]})

    assert alarms.changes(["errors"], SHIFTED) == ()


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

    assert alarms.changes(["errors"], SHIFTED) == (
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

    assert [each.at for each in alarms.changes(["errors"], SHIFTED)] == ["2026-11-22T12:02:00.000Z"]


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

    assert alarms.changes(["errors"], SHIFTED) == ()


def test_an_alarm_without_the_time_of_its_change_is_looked_up_in_the_history(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "ALARM", None)]})
    history(answers, change("errors", "OK", "ALARM", AFTER, reason=None))

    assert alarms.changes(["errors"], SHIFTED) == (AlarmChange("errors", "2026-11-22T12:02:00.000Z", ""),)


def test_the_history_is_read_to_the_last_page(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {"MetricAlarms": [alarm("errors", "OK", AFTER)]})
    first = {"AlarmHistoryItems": [change("errors", "ALARM", "OK", SHIFTED)], "NextToken": "more"}
    answers.add_response("describe_alarm_history", first)
    history(answers, change("errors", "OK", "ALARM", AFTER))

    assert [each.name for each in alarms.changes(["errors"], SHIFTED)] == ["errors"]


def test_changes_of_an_alarm_that_does_not_exist_are_not_taken_for_none(alarms: Alarms, answers: Stubber) -> None:
    answers.add_response("describe_alarms", {})

    with pytest.raises(AlarmNotFoundError):
        alarms.changes(["errors"], SHIFTED)


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
