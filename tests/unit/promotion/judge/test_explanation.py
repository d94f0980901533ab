from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.judge.comparison import Comparison
from gantry.promotion.judge.e_values import Block
from gantry.promotion.judge.explanation import compared, seen_too_little, what_would_help
from gantry.promotion.judge.settings import JudgeSettings

SETTINGS = JudgeSettings()
OPEN = Comparison(
    stream="failed",
    total=Block(240, 12, 2_160, 3),
    tolerated=0.02,
    log_e_worse=1.0,
    log_e_not_worse=1.0,
    is_worse=False,
    is_not_worse=False,
    at_least=0.0,
    at_most=None,
    missing=1_900,
)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"is_worse": True, "at_least": 0.02199}, "worse by at least 2.1 points"),
        ({"is_not_worse": True, "at_least": 0.001, "at_most": 0.01001}, "worse by at most 1.1 points"),
        ({"at_least": 0.0101, "at_most": 0.0391}, "worse by 1 to 4 points"),
        ({"at_most": 0.04}, "worse by at most 4 points"),
        ({"at_least": 0.0101}, "worse by at least 1 point, maybe by more"),
        ({}, "too few to say how much worse"),
    ],
)
def test_one_sentence_has_the_counts_and_the_bounds_rounded_to_the_safe_side(
    changed: dict[str, Any], sentence: str
) -> None:
    assert compared(replace(OPEN, **changed), SETTINGS) == (
        f"12 of 240 requests failed, 3 of 2,160 on the stable version: {sentence}, and 2 are tolerated"
    )


def test_slow_requests_and_one_point_have_their_own_words() -> None:
    settings = JudgeSettings(slow_after_ms=1_500, tolerated_error_rate_increase=1.0)
    assert compared(replace(OPEN, stream="slow"), settings) == (
        "12 of 240 requests took longer than 1,500 ms, 3 of 2,160 on the stable version: too few to say how much "
        "worse, and 1 is tolerated"
    )


@pytest.mark.parametrize(
    ("changed", "help_"),
    [
        ({}, "about 1,900 more requests of the new version would decide, if it goes on like this"),
        ({"missing": 1}, "about one more request of the new version would decide, if it goes on like this"),
        (
            {"missing": None},
            "the difference is so close to what is tolerated that no number of requests decides soon",
        ),
        (
            {"total": Block(0, 0, 9, 0)},
            "the new version had no requests: a greater weight would help, or more requests to the service",
        ),
        (
            {"total": Block(9, 0, 0, 0)},
            "the stable version had no requests to compare with: a smaller weight would help",
        ),
    ],
)
def test_it_says_what_would_help(changed: dict[str, Any], help_: str) -> None:
    assert list(what_would_help(replace(OPEN, **changed))) == [help_]


@pytest.mark.parametrize("changed", [{"is_worse": True}, {"is_not_worse": True}, {"missing": 0}])
def test_what_has_been_shown_needs_no_help(changed: dict[str, Any]) -> None:
    assert list(what_would_help(replace(OPEN, **changed))) == []


def test_minimums_that_were_not_reached_are_named() -> None:
    settings = JudgeSettings(minimum_requests=1_000, minimum_minutes=5)
    assert list(seen_too_little(999, 4, settings)) == [
        "the new version had 999 of at least 1,000 requests",
        "it had requests in 4 of at least 5 minutes",
    ]
    assert list(seen_too_little(1_000, 5, settings)) == []
