"""How long an environment takes: never less than its bakes, and never more than it may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.checks import NO_CHECKS, Check, CheckKind, Checks
from gantry.promotion.judge.looks import watch_seconds
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.manifest.content import Environment
from gantry.promotion.preview.estimate import Pace, estimate, in_words
from gantry.promotion.traffic import Plan, Step
from gantry.promotion.waves import ALL_AT_ONCE, ONE_BY_ONE, Waves
from gantry.targets.lambda_alias.lambda_target import LambdaTarget

PLAN = (Step(10, 300), Step(50, 600))
PLAIN = Pace()
OBSERVE = JudgeSettings(mode="observe")


def environment(
    plan: Plan = PLAN,
    judge: JudgeSettings = OBSERVE,
    targets: int = 1,
    waves: Waves = ONE_BY_ONE,
    checks: Checks = NO_CHECKS,
) -> Environment:
    found = tuple(
        LambdaTarget("444444444444", "us-east-1", f"cowsay-{each}", "live").as_target() for each in range(targets)
    )
    return Environment("prod", found, None, plan, (), {}, judge, checks=checks, waves=waves)


def everywhere(given: Environment) -> set[str]:
    return {each.id for each in given.targets}


def seconds(given: Environment, pace: Pace = PLAIN) -> int:
    return estimate(given, everywhere(given), pace).usual_seconds


def test_without_a_judge_it_takes_its_bakes_and_a_minute() -> None:
    assert seconds(environment()) == 960


def test_the_time_after_all_traffic_counts() -> None:
    assert seconds(environment(judge=JudgeSettings(mode="observe", bake_after_seconds=120))) == 1080


def test_targets_side_by_side_take_as_long_as_one_and_waves_follow_each_other() -> None:
    assert seconds(environment(targets=3, waves=ALL_AT_ONCE)) == 960
    assert seconds(environment(targets=3)) == 3 * 960


def test_a_first_release_and_one_that_changes_nothing_bake_nothing() -> None:
    found = estimate(environment(), (), Pace())
    assert (found.bake_seconds, found.usual_seconds, found.longest_seconds) == (0, 60, 60)


def test_where_evidence_decides_it_takes_as_long_as_the_evidence() -> None:
    judged = environment((Step(10, 60),), JudgeSettings())
    busy, quiet = Pace(late_seconds=180, requests_per_second=500), Pace(late_seconds=180, requests_per_second=5)
    assert 60 + 60 < seconds(judged, busy) < seconds(judged, quiet) <= 7200 + 60


def test_a_canary_without_requests_takes_all_the_time_that_it_may() -> None:
    assert seconds(environment(judge=JudgeSettings()), Pace(requests_per_second=0.0)) == 7200 + 60


def test_a_step_that_may_end_early_ends_with_its_evidence() -> None:
    long = environment((Step(50, 7200),), JudgeSettings(advance_early=True))
    busy = Pace(late_seconds=180, requests_per_second=500)
    assert seconds(long, busy) < seconds(environment((Step(50, 7200),), JudgeSettings()), busy)


def test_a_service_that_takes_the_steps_itself_needs_minutes_more() -> None:
    assert seconds(environment(), Pace(shifts_itself=True)) >= seconds(environment()) + 300


def test_people_read_both_times_and_what_is_not_counted() -> None:
    checks = Checks((Check(CheckKind.INVOKE, 600),))
    said = str(estimate(environment(checks=checks, judge=JudgeSettings(on_inconclusive="ask")), {"nothing"}, Pace()))
    assert said == "about 1 min, without checks, which may take 15 min; 16 min at most"
    asking = environment(judge=JudgeSettings(on_inconclusive="ask"))
    assert str(estimate(asking, everywhere(asking), Pace())).endswith("and 8 h more if people are asked about a canary")


@pytest.mark.parametrize(("given_seconds", "said"), [(0, "1 min"), (61, "2 min"), (3600, "1 h"), (7500, "2 h 5 min")])
def test_a_time_is_rounded_up_to_minutes(given_seconds: int, said: str) -> None:
    assert in_words(given_seconds) == said


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 3600)), max_size=4),
    st.booleans(),
    st.sampled_from([None, 0.0, 0.01, 3.0, 1000.0]),
    st.integers(0, 900),
    st.booleans(),
)
def test_it_is_between_the_bakes_and_the_longest(
    steps: list[tuple[int, int]], decides: bool, rate: float | None, late: int, slow: bool
) -> None:
    plan = tuple(Step(20 * index + weight // 2 + 1, bake) for index, (weight, bake) in enumerate(steps))
    judge = JudgeSettings(mode="decide" if decides else "observe")
    given_environment = environment(plan, judge)
    found = estimate(given_environment, everywhere(given_environment), Pace(slow, late, rate))
    assert found.bake_seconds <= found.usual_seconds <= found.longest_seconds
    assert found.longest_seconds >= watch_seconds(plan, judge)
