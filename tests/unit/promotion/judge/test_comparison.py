"""The bounds never contradict what is shown."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gantry.promotion.judge.comparison import compare
from gantry.promotion.judge.e_values import Block
from gantry.promotion.judge.settings import JudgeSettings

counts = st.integers(0, 200)


@settings(max_examples=40, deadline=None)
@given(counts, counts, counts, counts, st.sampled_from([1.0, 2.0, 5.0]))
@example(10, 10, 90, 17, 8.0)
@example(10, 10, 90, 17, 5.0)
def test_what_is_shown_is_within_its_bounds(
    canary: int, canary_failed: int, stable: int, stable_failed: int, tolerated: float
) -> None:
    block = Block(canary, min(canary_failed, canary), stable, min(stable_failed, stable))
    found = compare("failed", (block,), JudgeSettings(tolerated_error_rate_increase=tolerated), 1)
    if found.is_worse:
        assert found.at_least >= found.tolerated
    if found.is_not_worse:
        assert found.at_most is not None
        assert found.at_most <= found.tolerated
