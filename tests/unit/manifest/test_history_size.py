"""A promotion of the largest manifest that is accepted has fewer events than Step Functions allows."""

from typing import Any

import pytest

from gantry.promotion.judge.rollout_limits import MOST_EVENTS
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.manifest.history_size import most_waits, promotion_events
from gantry.promotion.manifest.reading import parse
from tests.unit.manifest.documents import SCHEMAS, VALID, problems, text

TARGET = VALID["environments"][0]["targets"][0]
HOUR = 3_600


def promotion(environments: int, targets: int, **shared: Any) -> dict[str, Any]:
    many = [
        {"name": f"e{number}", "targets": [TARGET | {"function": f"f{number}-{each}"} for each in range(targets)]}
        for number in range(environments)
    ]
    return {"repository": "cowsay", "versioning": "git-sha", "environments": many} | shared


def events(document: dict[str, Any]) -> int:
    return sum(promotion_events(parse(text(document), SCHEMAS).environments).values())


ASKED = {"approval": {"approvers": ["ops@example.com"], "reminder_after": "1h", "expires_after": "72h"}}


@pytest.mark.parametrize(
    ("fits", "refused", "sum_of_parts"),
    [
        (
            promotion(14, 40),
            promotion(15, 40),
            "26,050 events (6,100 for 15 environments, 19,200 for 600 targets, 750 for 75 waves)",
        ),
        (
            promotion(14, 40, waves="all-at-once"),
            promotion(20, 40, waves="all-at-once"),
            "33,900 events (8,100 for 20 environments, 25,600 for 800 targets, 200 for 20 waves)",
        ),
        (
            promotion(20, 1, **ASKED),
            promotion(20, 6, **ASKED),
            "25,220 events (8,100 for 20 environments, 3,840 for 120 targets, 400 for 40 waves, 12,880 for approvals)",
        ),
    ],
)
def test_a_promotion_whose_history_could_be_too_long_is_refused_with_the_sum(
    fits: dict[str, Any], refused: dict[str, Any], sum_of_parts: str
) -> None:
    assert problems(fits) == []
    assert events(fits) <= MOST_EVENTS
    assert problems(refused) == [
        f"environments: the history of a promotion may have {sum_of_parts}, and AWS Step Functions allows 25,000; give "
        "fewer targets or environments, larger waves or a shorter expires_after"
    ]


def test_a_promotion_waits_for_people_until_something_is_due_and_two_hours_at_most() -> None:
    assert most_waits(ApprovalPolicy((), 24 * HOUR)) == 12 + 1
    assert most_waits(ApprovalPolicy((), 24 * HOUR + 1)) == 13 + 1
    both = ApprovalPolicy((), 24 * HOUR, reminder_after_seconds=HOUR, escalate_after_seconds=2 * HOUR)
    assert most_waits(both) == 12 + 3


def test_the_waits_for_infrastructure_count_by_their_time() -> None:
    needs = {"needs": [{"parameter": "/infra/revision"}], "needs_within": "3d"}
    fits, refused = promotion(8, 1, **needs), promotion(9, 1, **needs)
    assert problems(fits) == []
    assert problems(refused) == [
        "environments: the history of a promotion may have 28,018 events (3,700 for 9 environments, 288 for 9 targets, "
        "90 for 9 waves, 23,940 for needs), and AWS Step Functions allows 25,000; give fewer targets or environments, "
        "larger waves or a shorter expires_after or needs_within"
    ]
