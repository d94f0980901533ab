"""The pauses at which ECS waits for Gantry, as hooks of a service's deployment configuration.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from gantry.promotion.judge.rollout_limits import LONGEST_ROLLOUT, longest_parts
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.traffic import Plan

Hook = Mapping[str, Any]

FENCE = "PRE_SCALE_UP"
"""Before any task of the new revision starts. What a holder without its lease has begun ends here by itself."""
STEP = "PRE_PRODUCTION_TRAFFIC_SHIFT"
"""Before each step, and before all traffic. AWS says "before every traffic shift step" of hooks in general."""
LAST = "POST_PRODUCTION_TRAFFIC_SHIFT"
"""With all traffic on the new revision, and all tasks of the old one still there."""
FENCE_MINUTES = 15
"""How long ECS waits before it goes back. No state of a deployment answers later than its time-out and its retries."""
_SLACK_MINUTES = 15
_MOST_MINUTES = 14 * 24 * 60
"""https://aws.amazon.com/about-aws/whats-new/2026/05/amazon-ecs-pause-continue/"""


def pauses_for(plan: Plan, judge: JudgeSettings, *, shifts_traffic: bool) -> list[dict[str, Any]]:
    """Return the hooks of one rollout. When nobody answers in time, ECS goes back.

    Args:
        plan: its steps.
        judge: how it is judged, which says how long a pause may last.
        shifts_traffic: whether ECS shifts traffic at all. Otherwise it replaces tasks, and the fence is all there is.
    """
    fence = _pause(FENCE, FENCE_MINUTES)
    if not shifts_traffic:
        return [fence]
    parts = longest_parts(plan, judge, shifts_itself=True)
    asking, waiting = LONGEST_ROLLOUT if parts["asking people"] else 0, parts["waiting for the service"]
    return [
        fence,
        _pause(STEP, _minutes(waiting + max(asking, parts["watching the steps"]))),
        _pause(LAST, _minutes(waiting + max(asking, parts["watching afterwards"]))),
    ]


def has_ours(hooks: Iterable[Hook]) -> bool:
    """Whether a deployment with these hooks waits for Gantry: all that do have its fence."""
    return any(_is_fence(each) for each in hooks)


def ours_among(hooks: Sequence[Hook]) -> list[Hook]:
    """Return Gantry's own pauses. A hook has no name, so they are told by their stages and by the fence among them."""
    return [each for each in hooks if _is_fence(each) or _is_later(each)] if has_ours(hooks) else []


def without_ours(hooks: Sequence[Hook]) -> list[Hook]:
    """Return what others have set up."""
    ours = ours_among(hooks)
    return [each for each in hooks if each not in ours]


def awaiting(details: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the ids of the pauses that wait for an answer, of what DescribeServiceDeployments says of hooks."""
    for each in details:
        if each.get("targetType") == "PAUSE" and each.get("status") == "AWAITING_ACTION":
            yield each["hookId"]


def _pause(stage: str, minutes: int) -> dict[str, Any]:
    return {
        "targetType": "PAUSE",
        "lifecycleStages": [stage],
        "timeoutConfiguration": {"timeoutInMinutes": minutes, "action": "ROLLBACK"},
    }


def _minutes(seconds: int) -> int:
    return min(ceil(seconds / 60) + _SLACK_MINUTES, _MOST_MINUTES)


def _is_fence(hook: Hook) -> bool:
    return _goes_back_at(hook, FENCE) and hook["timeoutConfiguration"].get("timeoutInMinutes") == FENCE_MINUTES


def _is_later(hook: Hook) -> bool:
    return _goes_back_at(hook, STEP) or _goes_back_at(hook, LAST)


def _goes_back_at(hook: Hook, stage: str) -> bool:
    waits = hook.get("timeoutConfiguration") or {}
    is_at = hook.get("targetType") == "PAUSE" and list(hook.get("lifecycleStages") or ()) == [stage]
    return is_at and waits.get("action") == "ROLLBACK"
