"""The time, as approvals keep it."""

from datetime import UTC, datetime

from gantry.promotion.timestamps import iso


def now() -> str:
    """Return the time as ISO 8601, UTC."""
    return iso(datetime.now(UTC))
