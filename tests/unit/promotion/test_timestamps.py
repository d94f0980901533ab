from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.timestamps import iso, moment, readable, span

zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1970, 1, 3), datetime(2999, 1, 1), timezones=zones)


def test_a_moment_is_written_in_utc_to_the_millisecond() -> None:
    at = datetime(2026, 11, 22, 11, 30, 0, 123_987, tzinfo=timezone(timedelta(hours=2)))
    assert iso(at) == "2026-11-22T09:30:00.123Z"


@given(moments, moments)
def test_sorting_the_texts_sorts_the_moments(one: datetime, other: datetime) -> None:
    earlier, later = sorted([one, other])
    assert iso(earlier) <= iso(later)


@given(moments)
def test_what_was_written_is_read_back(at: datetime) -> None:
    assert timedelta(0) <= at - moment(iso(at)) < timedelta(milliseconds=1)
    assert moment(iso(at)).utcoffset() == timedelta(0)


def test_a_moment_of_another_writer_is_read_too() -> None:
    assert moment("2026-11-22T11:30:00+02:00") == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-22T09:30:59.999Z", "2026-11-22T11:30:00+02:00", "2026-11-21T23:30:00-10:00"])
def test_people_read_a_moment_in_utc_to_the_minute(text: str) -> None:
    assert readable(text) == "2026-11-22 09:30 UTC"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "less than a minute"),
        (0, "less than a minute"),
        (59.999, "less than a minute"),
        (60, "1 minute"),
        (119, "1 minute"),
        (120, "2 minutes"),
        (3_599, "59 minutes"),
        (3_600, "1 hour"),
        (3_660, "1 hour 1 minute"),
        (7_500, "2 hours 5 minutes"),
        (86_400, "1 day"),
        (90_000, "1 day 1 hour"),
        (90_060, "1 day 1 hour"),
        (86_460, "1 day 1 minute"),
        (30 * 86_400 + 23 * 3_600, "30 days 23 hours"),
    ],
)
def test_people_read_how_long_it_is_in_one_or_two_units(seconds: float, words: str) -> None:
    start = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    assert span(iso(start), iso(start + timedelta(seconds=seconds))) == words
