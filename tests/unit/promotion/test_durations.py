import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion import durations


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("72h", 259_200), ("3d", 259_200)])
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert durations.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "90", "s", "0s", "-5s", "1.5h", "1h30m", " 5s", "5s\n", "5S", "05m", "٣m"])
def test_anything_else_is_not_a_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        durations.seconds(text)


@given(st.integers(1, 10**9 - 1))
def test_durations_round_trip(seconds: int) -> None:
    assert durations.seconds(durations.text(seconds)) == seconds


@pytest.mark.parametrize(("seconds", "text"), [(86_400, "1d"), (5_400, "90m"), (61, "61s"), (259_200, "3d")])
def test_a_duration_is_written_in_its_largest_whole_unit(seconds: int, text: str) -> None:
    assert durations.text(seconds) == text
