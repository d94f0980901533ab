import re
from dataclasses import replace

import pytest

from gantry.promotion.judge.expected_time import time_to_verdict
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.traffic import Step
from tests.judge_bench.cells import DAYS_30, Cell, outcomes

SETTINGS = JudgeSettings()
CANARY = (Step(10, 300),)
RAMP = (Step(10, 300), Step(50, 600))


@pytest.mark.parametrize("stable", [0.1, 1.0])
@pytest.mark.parametrize(("requests", "weight", "tolerance"), [(1, 10, 2), (1, 50, 2), (10, 10, 1), (10, 50, 1)])
def test_the_estimate_is_near_what_rollouts_take(requests: int, weight: int, stable: float, tolerance: int) -> None:
    found = outcomes(Cell(requests, weight, stable, 0, tolerance), 200, DAYS_30)
    settings = replace(SETTINGS, tolerated_error_rate_increase=float(tolerance))
    expected = time_to_verdict(requests, (Step(weight, 300),), settings, stable / 100).minutes
    assert expected is not None
    assert 0.65 <= expected / found.minutes.mean() <= 1.5


def test_it_says_how_long_it_takes_and_gives_no_advice_when_that_is_enough() -> None:
    found = time_to_verdict(10, CANARY, SETTINGS)
    assert found.is_enough
    assert found.advice == ()
    assert re.fullmatch(
        r"A canary as good as the stable version has its verdict after about \d+ minutes "
        r"\(mostly \d+ minutes to \d+ minutes\) of evidence\.",
        found.sentence,
    )


def test_a_quiet_service_is_told_what_would_help() -> None:
    found = time_to_verdict(0.1, CANARY, SETTINGS)
    assert not found.is_enough
    assert found.minutes
    assert found.minutes > 120
    assert "it is watched for 2 hours at most" in found.sentence
    assert [advice.partition(" (")[0].partition(":")[0] for advice in found.advice] == [
        "let the steps end with 50 % of the traffic",
        "tolerate 10 points",
        "watch for longer",
    ]


@pytest.mark.parametrize("stable", [0.0, 0.001, 0.01])
@pytest.mark.parametrize("tolerance", [1.0, 2.0, 5.0])
def test_at_a_tenth_of_a_request_a_second_ten_per_cent_are_never_enough_in_two_hours(
    stable: float, tolerance: float
) -> None:
    found = time_to_verdict(0.1, CANARY, replace(SETTINGS, tolerated_error_rate_increase=tolerance), stable)
    assert not found.is_enough
    assert found.advice


def test_each_advice_is_enough() -> None:
    assert time_to_verdict(0.1, RAMP, SETTINGS).is_enough
    assert time_to_verdict(0.1, CANARY, replace(SETTINGS, tolerated_error_rate_increase=10.0)).is_enough
    hours = re.search(r"max_bake: (\d+)h", " ".join(time_to_verdict(0.1, CANARY, SETTINGS).advice))
    assert hours
    assert time_to_verdict(0.1, CANARY, replace(SETTINGS, max_bake_seconds=3_600 * int(hours[1]))).is_enough


def test_without_requests_only_requests_help() -> None:
    found = time_to_verdict(0, CANARY, SETTINGS)
    assert found.minutes is None
    assert not found.is_enough
    assert found.advice == ("send the service more requests while it bakes, such as those of a scheduled test",)


def test_with_no_tolerance_an_equal_canary_is_never_shown_to_be_one() -> None:
    found = time_to_verdict(100, CANARY, replace(SETTINGS, tolerated_error_rate_increase=0.0))
    assert found.minutes is None
    assert found.advice[0].startswith("tolerate 1 point (tol")


def test_evidence_of_earlier_steps_counts() -> None:
    alone, ramp = (time_to_verdict(1, plan, SETTINGS).minutes for plan in (CANARY, RAMP))
    assert alone
    assert ramp
    assert 5 < ramp < alone


def test_late_evidence_has_to_come_within_the_time_too() -> None:
    settings = replace(SETTINGS, minimum_minutes=10, max_bake_seconds=780)
    enough, too_late = (time_to_verdict(100, CANARY, settings, late_seconds=late) for late in (180, 181))
    assert (enough.is_enough, enough.minutes) == (True, 10)
    assert enough.sentence.endswith(" of evidence, which is 3 minutes late; it is watched for 13 minutes at most.")
    assert (too_late.is_enough, too_late.minutes) == (False, 10)
    assert too_late.sentence.endswith(
        " of evidence, which is 3 minutes late, and it is watched for 13 minutes at most."
    )


def test_a_longer_watch_that_is_advised_has_time_for_late_evidence() -> None:
    settings = replace(SETTINGS, minimum_minutes=35, max_bake_seconds=600)
    assert time_to_verdict(100, CANARY, settings).advice[0] == "watch for longer: max_bake: 1h"
    assert time_to_verdict(100, CANARY, settings, late_seconds=1_020).advice[0] == "watch for longer: max_bake: 2h"


def test_the_manifests_minimums_take_their_time() -> None:
    assert time_to_verdict(100, CANARY, replace(SETTINGS, minimum_minutes=30)).minutes == 30
    assert time_to_verdict(100, CANARY, replace(SETTINGS, minimum_requests=6_000)).minutes == 10.5


def test_without_steps_there_is_nothing_to_wait_for() -> None:
    assert time_to_verdict(1, (), SETTINGS).is_enough
