"""Points in time as text: ISO 8601 in UTC to the millisecond, so that sorting as text sorts by time."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """`2026-11-22T09:30:00.000Z`. The moment must carry its time zone."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The moment that `iso` wrote, or any other ISO 8601 text with a time zone."""
    return datetime.fromisoformat(text)
