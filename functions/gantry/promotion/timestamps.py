"""Points in time as text: ISO 8601 in UTC to the millisecond, so that sorting as text sorts by time."""

from datetime import UTC, datetime, timedelta

_SHORT_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def iso(moment: datetime) -> str:
    """Return a moment as `2026-11-22T09:30:00.000Z`. It must have a time zone."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Return the moment in a text that `iso` wrote, or in any other ISO 8601 text with a time zone."""
    return datetime.fromisoformat(text)


def later(text: str, seconds: int | None) -> str | None:
    """Return a moment so many seconds later; None for None."""
    return None if seconds is None else iso(moment(text) + timedelta(seconds=seconds))


def readable(text: str) -> str:
    """Return a moment for people: `2026-11-22 09:30 UTC`."""
    return f"{moment(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def span(earlier: str, later: str) -> str:
    """Return the time between two moments for people, in one or two units: `2 hours 5 minutes`."""
    seconds = max(0, int((moment(later) - moment(earlier)).total_seconds()))
    parts: list[str] = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(parts[:2]) or "less than a minute"


def in_one_unit(seconds: float) -> str:
    """Return a time for people in its largest unit, rounded down: `3 h`, `2 d`, `5 min`; `under 1 min`."""
    unit, size = next(((unit, size) for unit, size in _SHORT_UNITS if seconds >= size), ("", 0))
    return f"{int(seconds // size)} {unit}" if unit else "under 1 min"
