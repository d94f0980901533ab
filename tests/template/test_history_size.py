"""How many events the history of a deployment or a promotion can have, counted from its definition.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html names the events.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from gantry.promotion.approval import LONGEST_WAIT
from gantry.promotion.judge.looks import MINUTE
from gantry.promotion.judge.rollout_limits import (
    ASK_SECONDS,
    LOOK_EVENTS,
    MOST_ENDED_EARLY,
    QUESTION_EVENTS,
    SERVICE_WAIT_EVENTS,
    SLOW_STEP_EVENTS,
    SOON,
    STEP_EVENTS,
    UNSEEN_WHILE_ASKING,
)
from gantry.promotion.judge.rollout_limits import OTHER_EVENTS as OTHER_DEPLOYMENT_EVENTS
from gantry.promotion.manifest.history_size import (
    ENVIRONMENT_EVENTS,
    FOUND_EVENTS,
    NEED_EVENTS,
    OTHER_EVENTS,
    TARGET_EVENTS,
    WAIT_EVENTS,
    WAVE_EVENTS,
)
from gantry.promotion.needs.need import LONGEST_WITHIN
from gantry.promotion.needs.waiting import FIRST_DELAY, LONGEST_DELAY, most_looks
from tests.template.parsed import definition

LOOKED_AT = {"Bake", "JudgeCanary", "IsStepDone"}
"""The states of one look."""
MOVED = {"HoldCanary", "ResumeCanary"}
SLOW = {"AwaitShift"}
"""Where a step waits for its service, if that takes minutes."""
WAITED = {"AskAboutCanary", "IsCanaryDecided", "AwaitCanaryDecision"}
"""The states of one question to people."""
EXECUTION = 2
ITERATION = 2
"""MapIterationStarted, and how it ended."""
MOST_CHECKS = 5
"""Before any traffic."""
SUBMITTED = (".waitForTaskToken", ".sync")
"""Tasks with one more event, because they wait for something else to end."""
MAP = 4
"""Entered, started, ended, exited."""


def events(state: Mapping[str, Any]) -> int:
    """The events of one state from entering to leaving it, if all of its retries are needed."""
    match state["Type"]:
        case "Task":
            tries: int = 1 + sum(each["MaxAttempts"] for each in state.get("Retry", []))
            scheduled_started_ended, submitted = 3, int(any(each in state["Resource"] for each in SUBMITTED))
            return 2 + tries * (scheduled_started_ended + submitted)
        case "Map":
            return MAP
        case _:
            return 2


def states_of_a_step() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = definition("deployment")["States"]["ShiftStepByStep"]["ItemProcessor"][
        "States"
    ]
    return found


def test_one_step_has_no_more_events_than_is_reckoned_with() -> None:
    others = LOOKED_AT | MOVED | WAITED | SLOW
    once = [events(state) for name, state in states_of_a_step().items() if name not in others]
    assert 0 < ITERATION + sum(once) <= STEP_EVENTS


def test_one_slow_step_has_no_more_events_than_is_reckoned_with_beside_its_waits() -> None:
    """It is not tried again while its service is slow. So that retrier is not needed by it."""
    found = states_of_a_step()
    retried = [each for each in found["ShiftTraffic"]["Retry"] if each["ErrorEquals"] != ["TargetPendingError"]]
    shifting = {**found["ShiftTraffic"], "Retry": retried}
    assert len(retried) == len(found["ShiftTraffic"]["Retry"]) - 1
    once = [shifting, *(found[name] for name in ("AwaitShift", "StepCompleted"))]
    assert 0 < ITERATION + sum(map(events, once)) <= SLOW_STEP_EVENTS


@pytest.mark.parametrize(
    ("looking", "waiting"), [("ShiftTraffic", "AwaitShift"), ("CompleteDeployment", "AwaitCompletion")]
)
def test_one_wait_for_a_service_has_no_more_events_than_is_reckoned_with(looking: str, waiting: str) -> None:
    """Its retries are counted with the step."""
    found = {**definition("deployment")["States"], **states_of_a_step()}
    assert 0 < sum(events({**found[name], "Retry": []}) for name in (looking, waiting)) <= SERVICE_WAIT_EVENTS
    assert found[waiting]["Next"] == looking


@pytest.mark.parametrize(
    ("looking", "waiting"), [("ShiftTraffic", "AwaitShift"), ("CompleteDeployment", "AwaitCompletion")]
)
def test_a_service_is_looked_at_after_as_long_as_is_reckoned_with(looking: str, waiting: str) -> None:
    found = {**definition("deployment")["States"], **states_of_a_step()}
    began, ended = found[looking]["Catch"][0]["Output"], found[waiting]["Output"]
    (timed_out,) = [each["Output"] for each in found[waiting]["Catch"] if each["ErrorEquals"] == ["States.Timeout"]]
    assert [re.findall(r"'wait_seconds': (\d+)", each) for each in (began, ended, timed_out)] == [
        [str(SOON)],
        [str(SOON)],
        [str(MINUTE)],
    ]


def test_one_look_has_no_more_events_than_is_reckoned_with() -> None:
    looking = [events(state) for name, state in states_of_a_step().items() if name in LOOKED_AT]
    assert len(looking) == len(LOOKED_AT)
    assert 0 < sum(looking) <= LOOK_EVENTS


def test_everything_else_has_no_more_events_than_is_reckoned_with() -> None:
    once = [events(state) for state in definition("deployment")["States"].values()]
    assert len(once) > 10
    inner = definition("deployment")["States"]["CheckBeforeTraffic"]["ItemProcessor"]["States"]
    checks = MOST_CHECKS * (ITERATION + sum(map(events, inner.values())))
    assert EXECUTION + sum(once) + QUESTION_EVENTS + checks <= OTHER_DEPLOYMENT_EVENTS


def test_one_question_has_no_more_events_than_is_reckoned_with() -> None:
    """People are waited for until something is due: a reminder, an escalation, or the longest wait."""
    states = states_of_a_step()
    waits = 1 + ASK_SECONDS // LONGEST_WAIT + len(("reminder", "escalation"))
    moved, waited, looked = (sum(events(states[name]) for name in names) for names in (MOVED, WAITED, LOOKED_AT))
    assert 0 < moved + waits * waited + looked <= QUESTION_EVENTS


def test_a_question_whose_waits_events_end_has_no_more_than_is_reckoned_with() -> None:
    """Where the service takes the steps itself, nothing is moved. So there is room for the waits that events end, and
    for those that end because the service has not been looked at for a while. Their retries are counted with others.
    """
    states = states_of_a_step()
    waits = 1 + ASK_SECONDS // LONGEST_WAIT + len(("reminder", "escalation"))
    looks = MOST_ENDED_EARLY + ASK_SECONDS // UNSEEN_WHILE_ASKING
    looking = sum(events({**states[name], "Retry": []}) for name in WAITED)
    stayed = [
        {
            **states[name],
            "Retry": [each for each in states[name]["Retry"] if "TargetSlowError" not in each["ErrorEquals"]],
        }
        for name in MOVED
    ]
    waited, looked = (sum(events(states[name]) for name in names) for names in (WAITED, LOOKED_AT))
    assert 0 < sum(map(events, stayed)) + waits * waited + looks * looking + looked <= QUESTION_EVENTS


PEOPLE = {"IsDecided", "AwaitDecision", "FollowUpApproval"}
"""The states of one wait for people during a promotion."""
ENTERED_AGAIN = {"IsApprovalNeeded", "IsDecided"}
"""The states that an environment enters once more than its waits do: after AwaitReplication, after RequestApproval."""


def levels(states: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Mapping[str, Any]]]:
    """The states of the promotion machine, of an environment, of its waves and of a target."""
    yield states
    inner = [state["ItemProcessor"]["States"] for state in states.values() if state["Type"] == "Map"]
    assert len(inner) <= 1
    for each in inner:
        yield from levels(each)


def once(states: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(map(events, states.values()))


def test_a_promotion_has_no_more_events_than_is_reckoned_with() -> None:
    promotion, environment, *waves, target = levels(definition("promotion")["States"])
    assert 0 < EXECUTION + once(promotion) <= OTHER_EVENTS
    again = sum(events(environment[name]) for name in ENTERED_AGAIN)
    asked = {name: state for name, state in environment.items() if name not in PEOPLE | {"AwaitInfrastructure"}}
    assert 0 < ITERATION + once(asked) + again <= ENVIRONMENT_EVENTS
    assert all(0 < ITERATION + once(each) <= WAVE_EVENTS for each in waves)
    assert 0 < ITERATION + once(target) <= TARGET_EVENTS


def test_the_wait_for_infrastructure_has_no_more_events_than_is_reckoned_with() -> None:
    _, environment, *_ = levels(definition("promotion")["States"])
    waiting = environment["AwaitInfrastructure"]
    looking = [each for each in waiting["Retry"] if each["ErrorEquals"] == ["NeedsUnmetError"]]
    others = {**waiting, "Retry": [each for each in waiting["Retry"] if each not in looking]}
    assert len(looking) == 1
    assert 0 < events(others) <= FOUND_EVENTS
    assert events({**waiting, "Retry": [{"MaxAttempts": 1}]}) - events({**waiting, "Retry": []}) <= NEED_EVENTS


def test_the_wait_for_infrastructure_looks_as_often_as_is_reckoned_with() -> None:
    _, environment, *_ = levels(definition("promotion")["States"])
    (looking,) = [
        each for each in environment["AwaitInfrastructure"]["Retry"] if each["ErrorEquals"] == ["NeedsUnmetError"]
    ]
    assert (looking["IntervalSeconds"], looking["MaxDelaySeconds"]) == (FIRST_DELAY, LONGEST_DELAY)
    assert (looking["BackoffRate"], looking["JitterStrategy"]) == (2, "NONE")
    assert most_looks(LONGEST_WITHIN) <= 1 + looking["MaxAttempts"]


def test_one_wait_for_people_has_no_more_events_than_is_reckoned_with() -> None:
    _, environment, *_ = levels(definition("promotion")["States"])
    waiting = [{**environment[name], "Retry": []} for name in PEOPLE]
    assert 0 < sum(map(events, waiting)) <= WAIT_EVENTS
