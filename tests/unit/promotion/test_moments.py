from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from promotion.moments import iso, moment

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
