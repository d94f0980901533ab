"""What people may do to a running canary."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.steering import MOST_WISHES, Action, Asked, LeastBake, SteerableCanary, Wish

NOW = "2026-11-23T10:30:00.000Z"
PROGRESS = CanaryProgress(
    service="cowsay",
    environment="prod",
    target_id="lambda/444444444444/us-east-1/cowsay/live",
    execution="arn:one",
    stable="7",
    canary="8",
    step=1,
    steps=2,
    weight=10,
    waits_for="bake",
    shifted_at="2026-11-23T10:28:00.000Z",
    bake_until="2026-11-23T10:38:00.000Z",
    ends_at="2026-11-23T12:28:00.000Z",
    rollout_since="2026-11-23T10:20:00.000Z",
    later_bake_seconds=300,
)
PAUSED = Wish(Action.PAUSE, 1, "arn:one", 0, "arn:alice", NOW)
MANY = replace(PAUSED, number=MOST_WISHES)
NOTHING = LeastBake()


def why(
    action: Action, wish: Wish | None = None, least: LeastBake = NOTHING, *, shifts: bool = False, **changed: Any
) -> str:
    canary = SteerableCanary(replace(PROGRESS, **changed), wish, shifts_itself=shifts)
    return canary.why_refused(Asked(action), least, NOW) or ""


@pytest.mark.parametrize("action", [Action.PAUSE, Action.ADVANCE, Action.ABORT])
def test_a_canary_that_bakes_can_be_paused_advanced_and_aborted(action: Action) -> None:
    assert why(action) == ""


@pytest.mark.parametrize(
    "changed", [{}, {"waits_for": "people"}, {"waits_for": "traffic"}, {"step": 3}, {"wish": MANY}, {"shifts": True}]
)
def test_a_canary_can_always_be_aborted(changed: dict[str, Any]) -> None:
    assert why(Action.ABORT, **changed) == ""


def test_only_what_is_paused_can_be_resumed() -> None:
    assert why(Action.RESUME) == "It is not paused."
    assert why(Action.RESUME, replace(PAUSED, action=Action.ADVANCE)) == "It is not paused."
    assert why(Action.RESUME, replace(PAUSED, action=Action.RESUME)) == "", "it was resumed already"
    assert why(Action.RESUME, PAUSED) == ""


def test_what_has_all_traffic_cannot_be_paused_any_more() -> None:
    assert "all traffic already" in why(Action.PAUSE, step=3)


@pytest.mark.parametrize("action", [Action.PAUSE, Action.RESUME, Action.ADVANCE])
def test_while_people_are_asked_their_answer_decides(action: Action) -> None:
    assert "gantry approvals" in why(action, PAUSED, waits_for="people")


@pytest.mark.parametrize("action", [Action.PAUSE, Action.ADVANCE])
def test_a_history_has_a_bound_and_so_have_the_wishes(action: Action) -> None:
    assert "10 times" in why(action, replace(MANY, action=Action.RESUME))


def test_the_last_wish_can_be_a_pause_and_is_resumed_all_the_same() -> None:
    assert why(Action.RESUME, MANY) == ""


@pytest.mark.parametrize("action", [Action.PAUSE, Action.RESUME, Action.ADVANCE])
def test_nothing_undoes_an_abort(action: Action) -> None:
    aborted = replace(PAUSED, action=Action.ABORT)
    assert "aborted by arn:alice" in why(action, aborted)
    assert why(Action.ABORT, aborted) == ""


def test_who_has_seen_another_step_means_another_one() -> None:
    canary = SteerableCanary(PROGRESS, None, shifts_itself=False)
    assert canary.why_refused(Asked(Action.ADVANCE, 1), NOTHING, NOW) is None
    said = canary.why_refused(Asked(Action.ADVANCE, 2), NOTHING, NOW)
    assert said == "It is at step 1 by now, and not at step 2. Look at it again."


def test_a_pause_that_people_have_ended_is_none() -> None:
    """They were asked about the canary, and decided that it goes on."""
    assert SteerableCanary(replace(PROGRESS, wishes=0), PAUSED, shifts_itself=False).wants_already(Action.PAUSE)
    heard = SteerableCanary(replace(PROGRESS, wishes=1), PAUSED, shifts_itself=False)
    assert not heard.wants_already(Action.PAUSE)
    assert "not paused" in str(heard.why_refused(Asked(Action.RESUME), NOTHING, NOW))


def test_a_service_with_a_clock_of_its_own_can_be_paused_and_not_hurried() -> None:
    assert why(Action.PAUSE, shifts=True) == ""
    assert "its own clock" in why(Action.ADVANCE, shifts=True)


def test_nobody_hurries_traffic_that_is_on_its_way() -> None:
    assert "moving its traffic" in why(Action.ADVANCE, waits_for="traffic")


@pytest.mark.parametrize(("seconds", "is_allowed"), [(0, True), (900, True), (901, False), (3600, False)])
def test_the_policys_bake_counts_what_was_watched_and_what_the_later_steps_bake(seconds: int, is_allowed: bool) -> None:
    """Ten minutes were, and five will be."""
    said = why(Action.ADVANCE, least=LeastBake(seconds, "prod"))
    assert (said == "") == is_allowed


def test_who_may_not_advance_yet_is_told_from_when_on() -> None:
    said = why(Action.ADVANCE, least=LeastBake(1800, "prod"))
    assert said == (
        "The rule prod of the policy file wants it watched for 30m. It can be advanced from 2026-11-23 10:45 UTC on."
    )


def test_an_older_versions_progress_counts_from_the_steps_own_traffic() -> None:
    assert why(Action.ADVANCE, least=LeastBake(120, "prod"), rollout_since=None, later_bake_seconds=0) == ""
    assert why(Action.ADVANCE, least=LeastBake(121, "prod"), rollout_since=None, later_bake_seconds=0)


def test_the_same_wish_again_is_no_new_one_unless_the_step_is_another_one() -> None:
    def again(action: Action, wish: Wish, step: int = 1) -> bool:
        return SteerableCanary(replace(PROGRESS, step=step), wish, shifts_itself=False).wants_already(action)

    advanced = replace(PAUSED, action=Action.ADVANCE)
    assert again(Action.PAUSE, PAUSED)
    assert again(Action.PAUSE, PAUSED, step=2)
    assert again(Action.ADVANCE, advanced)
    assert not again(Action.ADVANCE, advanced, step=2)
    assert not again(Action.RESUME, PAUSED)


def test_a_wish_says_who_and_why() -> None:
    assert str(PAUSED) == "arn:alice, without a reason"
    assert str(replace(PAUSED, reason="odd numbers")) == "arn:alice: odd numbers"
    assert replace(PAUSED, action=Action.RESUME).as_pause(NOW) is None
