import pytest

from gantry.promotion.judge.forecast import forecast
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.traffic import Step

PLAN = (Step(10, 300),)


@pytest.mark.parametrize(
    ("rate", "words"),
    [(1234.5, "1,234 requests a second"), (0.2, "12 requests a minute"), (0.001, "0.06 requests a minute")],
)
def test_the_traffic_is_said_in_the_unit_that_people_count_in(rate: float, words: str) -> None:
    assert forecast(PLAN, JudgeSettings(), {"prod": rate}).startswith(f"prod had {words} last week. ")


def test_the_target_with_the_least_traffic_says_how_long_it_takes() -> None:
    assert forecast(PLAN, JudgeSettings(), {"busy": 100.0, "quiet": 5.0, "unknown": None}).startswith("quiet had 5 ")


def test_too_little_traffic_comes_with_what_would_help() -> None:
    assert "This would help: " in forecast(PLAN, JudgeSettings(), {"prod": 0.1})


def test_late_evidence_is_said() -> None:
    assert " of evidence, which is 2 minutes late" in forecast(PLAN, JudgeSettings(), {"prod": 5.0}, 120)


def test_without_any_traffic_there_is_no_verdict() -> None:
    said = forecast(PLAN, JudgeSettings(), {"prod": 0.0})
    assert said.startswith(
        "prod had no requests last week. Without requests there is no verdict: send the service some "
    )


def test_traffic_that_nobody_knows_is_not_taken_for_none() -> None:
    assert "not known" in forecast(PLAN, JudgeSettings(), {"prod": None})
