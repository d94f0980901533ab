"""What the history keeps of a promotion: the same facts as its event has."""

from gantry.promotion.deployment import StateEntry
from gantry.promotion.events import Event
from gantry.promotion.history import HistoryEntry, HistoryKind


def history_of(event: Event, kind: HistoryKind, state: StateEntry) -> HistoryEntry:
    """Return the entry for an event of a promotion. The execution is a field of the entry, and no fact."""
    facts = {key: value for key, value in event.detail.items() if key != "execution"}
    return HistoryEntry(facts["service"], state.at, kind, state.execution, facts=facts)
