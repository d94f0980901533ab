"""How many events the history of a deployment or a promotion can have, counted from its definition.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html names the events.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.approval import LONGEST_WAIT
from gantry.promotion.judge.rollout_limits import (
    ASK_SECONDS,
    LOOK_EVENTS,
    QUESTION_EVENTS,
    STEP_EVENTS,
)
from gantry.promotion.judge.rollout_limits import OTHER_EVENTS as OTHER_DEPLOYMENT_EVENTS
from gantry.promotion.manifest.history_size import (
    ENVIRONMENT_EVENTS,
    OTHER_EVENTS,
    TARGET_EVENTS,
    WAIT_EVENTS,
    WAVE_EVENTS,
)
from tests.template.parsed import definition

LOOKED_AT = {"Bake", "JudgeCanary", "IsStepDone"}
"""The states of one look."""
MOVED = {"HoldCanary", "ResumeCanary"}
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
    once = [events(state) for name, state in states_of_a_step().items() if name not in LOOKED_AT | MOVED | WAITED]
    assert 0 < ITERATION + sum(once) <= STEP_EVENTS


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
    asked = {name: state for name, state in environment.items() if name not in PEOPLE}
    assert 0 < ITERATION + once(asked) + again <= ENVIRONMENT_EVENTS
    assert all(0 < ITERATION + once(each) <= WAVE_EVENTS for each in waves)
    assert 0 < ITERATION + once(target) <= TARGET_EVENTS


def test_one_wait_for_people_has_no_more_events_than_is_reckoned_with() -> None:
    _, environment, *_ = levels(definition("promotion")["States"])
    waiting = [{**environment[name], "Retry": []} for name in PEOPLE]
    assert 0 < sum(map(events, waiting)) <= WAIT_EVENTS
