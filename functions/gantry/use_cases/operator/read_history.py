"""Read a service's history, newest first: what happened to it, and what people were asked and answered."""

from collections.abc import Sequence

from gantry.promotion.history import HistoryEntry
from gantry.use_cases.services import Services


def read_history(services: Services, service: str, limit: int, before: str | None = None) -> Sequence[HistoryEntry]:
    """Return the newest entries of a service before a moment, at most so many."""
    return services.board_reading.history(service, limit, before)
