"""How long a deployment takes at most, and how many events it has at most."""

import pytest

from gantry.promotion.judge.looks import MOST_STEPS
from gantry.promotion.judge.rollout_limits import (
    ASK_SECONDS,
    MOST_EVENTS,
    events_of,
    longest_parts,
    longest_rollout_seconds,
)
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.traffic import Plan, Step

HOUR = 3_600
PLAN = (Step(10, 600), Step(50, 1_200))


@pytest.mark.parametrize(
    ("plan", "settings", "hours"),
    [
        ((), JudgeSettings(), 1),
        ((), JudgeSettings(on_inconclusive="ask"), 1),
        ((), JudgeSettings(on_inconclusive="ask", bake_after_seconds=HOUR), 1 + 8 + 1),
        (PLAN, JudgeSettings(), 2 + 1),
        (PLAN, JudgeSettings(on_inconclusive="promote", bake_after_seconds=2 * HOUR), 2 + 2 + 1),
        (PLAN, JudgeSettings(on_inconclusive="ask", max_bake_seconds=5 * HOUR), 5 + 8 + 1),
        (PLAN, JudgeSettings(on_inconclusive="ask", mode="observe"), 1.5),
    ],
)
def test_the_longest_rollout_is_the_sum_of_what_it_may_wait_for(
    plan: Plan, settings: JudgeSettings, hours: float
) -> None:
    assert longest_rollout_seconds(plan, settings) == hours * HOUR
    assert longest_rollout_seconds(plan, settings, hook_seconds=900) == hours * HOUR + 900


def test_the_parts_of_the_longest_rollout_have_names_and_make_its_sum() -> None:
    settings = JudgeSettings(on_inconclusive="ask", bake_after_seconds=60)
    assert longest_parts(PLAN, settings, 30) == {
        "checking before any traffic": 30,
        "watching the steps": 2 * HOUR,
        "asking people": ASK_SECONDS,
        "watching afterwards": 60,
        "everything else": HOUR,
    }


def test_the_largest_deployment_has_fewer_events_than_an_execution_may_have() -> None:
    plan = tuple(Step(weight, 1_440) for weight in range(1, MOST_STEPS + 1))
    events = events_of(plan, JudgeSettings(bake_after_seconds=12 * HOUR))
    assert events_of(PLAN, JudgeSettings()) < events < MOST_EVENTS
