"""Our pauses: how long they last, and how they are told from others."""

import pytest

from gantry.promotion.judge.rollout_limits import LONGEST_ROLLOUT, service_seconds
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.traffic import Plan, Step
from gantry.targets.ecs_service.deployment_settings import tidied_settings
from gantry.targets.ecs_service.pauses import awaiting, has_ours, pauses_for, without_ours
from gantry.targets.ecs_service.step_strategy import SMALLEST_LINEAR_STEP, equal_steps

STEPS = (Step(5, 600),)
THEIR_PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
LAMBDA = {"hookTargetArn": "arn", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}


def minutes(plan: Plan, judge: JudgeSettings) -> list[int]:
    pauses = pauses_for(plan, judge, shifts_traffic=True)
    assert {each["timeoutConfiguration"]["action"] for each in pauses} == {"ROLLBACK"}
    return [each["timeoutConfiguration"]["timeoutInMinutes"] for each in pauses]


@pytest.mark.parametrize(
    ("plan", "judge", "lasting"),
    [
        ((), JudgeSettings(), [15, 75, 75]),
        ((), JudgeSettings(bake_after_seconds=3600), [15, 75, 135]),
        (STEPS, JudgeSettings(mode="observe"), [15, 195, 75]),
        (STEPS, JudgeSettings(max_bake_seconds=7200), [15, 195, 75]),
        (STEPS, JudgeSettings(on_inconclusive="ask"), [15, 25 * 60 + 15, 25 * 60 + 15]),
    ],
)
def test_a_pause_lasts_as_long_as_a_deployment_may_need_it(
    plan: Plan, judge: JudgeSettings, lasting: list[int]
) -> None:
    assert minutes(plan, judge) == lasting


def test_what_any_rollout_may_need_is_far_less_than_ecs_allows() -> None:
    smallest = equal_steps(Step(SMALLEST_LINEAR_STEP, 60))
    longest = LONGEST_ROLLOUT + service_seconds(smallest, JudgeSettings(bake_after_seconds=1))
    _, step, last = minutes(smallest, JudgeSettings(on_inconclusive="ask", bake_after_seconds=1))
    assert step == last == longest / 60 + 15 < 2 * 24 * 60


def test_no_pause_lasts_longer_than_ecs_allows() -> None:
    assert minutes((), JudgeSettings(bake_after_seconds=20 * 86_400))[2] == 14 * 24 * 60


def test_where_tasks_are_replaced_only_the_fence_is_there() -> None:
    (fence,) = pauses_for(STEPS, JudgeSettings(), shifts_traffic=False)
    assert fence["lifecycleStages"] == ["PRE_SCALE_UP"]


def test_ours_are_told_by_the_fence_among_them() -> None:
    ours = pauses_for(STEPS, JudgeSettings(), shifts_traffic=True)
    assert has_ours(ours)
    assert without_ours([THEIR_PAUSE, *ours, LAMBDA]) == [THEIR_PAUSE, LAMBDA]
    assert without_ours([THEIR_PAUSE, *ours[1:], LAMBDA]) == [THEIR_PAUSE, *ours[1:], LAMBDA]
    assert not has_ours(ours[1:])


@pytest.mark.parametrize(
    "change", [{"action": "CONTINUE", "timeoutInMinutes": 15}, {"action": "ROLLBACK", "timeoutInMinutes": 16}, None]
)
def test_a_pause_at_the_same_stage_that_does_something_else_is_not_ours(change: dict[str, object] | None) -> None:
    theirs = {"targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"], "timeoutConfiguration": change}
    assert not has_ours([theirs])


def test_only_pauses_that_wait_are_answered() -> None:
    details = [
        {"hookId": "1", "targetType": "PAUSE", "status": "AWAITING_ACTION"},
        {"hookId": "2", "targetType": "PAUSE", "status": "TIMED_OUT"},
        {"hookId": "3", "targetType": "AWS_LAMBDA", "status": "AWAITING_ACTION"},
    ]
    assert list(awaiting(details)) == ["1"]


def test_a_service_without_our_pauses_is_not_written() -> None:
    assert tidied_settings({"lifecycleHooks": [THEIR_PAUSE]}) is None
    assert tidied_settings({}) is None
