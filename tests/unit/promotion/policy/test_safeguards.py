"""A manifest may protect an environment less than before, but not in silence."""

from typing import Any

import pytest

from gantry.promotion.policy.safeguards import weakened
from gantry.promotion.traffic import Step
from tests.unit.promotion.an_approval import ALICE, BOB, CAROL
from tests.unit.promotion.policy.policies import PLAN, asking, environment

BEFORE = environment(approval=asking(quorum=2, confirm="type-the-environment"), alarms=("errors", "latency"))
STRONG: dict[str, Any] = {"approval": BEFORE.approval, "alarms": BEFORE.alarms}


@pytest.mark.parametrize(
    ("changed", "sentences"),
    [
        ({"approval": None}, [f"nobody is asked any more; before, the quorum was 2 of {ALICE}, {BOB}"]),
        (
            {"approval": asking(ALICE, CAROL, quorum=2, confirm="type-the-environment")},
            [f"no longer asked: {BOB}", f"may approve now: {CAROL}"],
        ),
        (
            {"approval": asking(quorum=1, self_approval=True)},
            [
                "1 instead of 2 people have to approve",
                "people may approve their own release now",
                "approvers need not type the environment's name any more",
            ],
        ),
        ({"alarms": ()}, ["no longer watched: alarms errors, latency"]),
        ({"alarms": ("latency", "other")}, ["no longer watched: alarm errors"]),
        ({"plan": ()}, ["all traffic moves at once; before, a canary was watched for 15m"]),
        ({"plan": (Step(10, 300),)}, ["a canary is watched for 5m instead of 15m", "up to 10 % of the traffic"]),
        ({"plan": (Step(25, 900), Step(50, 1))}, ["a canary begins with 25 % of the traffic instead of 10 %"]),
        ({"minimum_requests": 1}, ["1 instead of 10 requests are evidence enough"]),
    ],
)
def test_what_protects_less_is_said(changed: dict[str, Any], sentences: list[str]) -> None:
    found = list(weakened(BEFORE, environment(**(STRONG | changed))))
    assert len(found) == len(sentences)
    for sentence, expected in zip(found, sentences, strict=True):
        assert sentence.startswith("prod: ")
        assert expected in sentence


def test_an_environment_that_is_gone_is_said() -> None:
    assert list(weakened(BEFORE, None)) == [
        "prod: the manifest has this environment no longer, so releases do not pass it any more"
    ]


def test_others_who_may_approve_sooner_are_said() -> None:
    before = environment(approval=asking(ALICE, escalate_to=(BOB,), escalate_after_seconds=600))
    sooner = environment(approval=asking(ALICE, escalate_to=(BOB,), escalate_after_seconds=60))
    assert list(weakened(before, sooner)) == ["prod: others may approve earlier than before"]


@pytest.mark.parametrize(
    "after",
    [
        BEFORE,
        environment(
            **(STRONG | {"approval": asking(quorum=2, confirm="type-the-environment", reminder_after_seconds=9)})
        ),
        environment(**(STRONG | {"plan": (Step(5, 300), *PLAN), "alarms": ("errors", "latency", "more")})),
        environment(**(STRONG | {"minimum_requests": 100, "configuration": {"memory_mb": 1024}})),
    ],
)
def test_what_protects_as_much_or_more_is_not(after: Any) -> None:
    assert list(weakened(BEFORE, after)) == []


def test_where_nothing_protected_it_before_nothing_is_weakened() -> None:
    bare = environment(approval=None, plan=(), alarms=())
    assert list(weakened(bare, bare)) == []
    assert list(weakened(bare, BEFORE)) == []
