"""What the history and the board keep of a promotion: the same facts as its event has."""

from gantry.promotion.board.listed_service import LastEnd
from gantry.promotion.deployment import StateEntry
from gantry.promotion.events import Event
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.visible_text import LONGEST_REASON, one_line, shortened


def history_of(event: Event, kind: HistoryKind, state: StateEntry) -> HistoryEntry:
    """Return the entry for an event of a promotion. The execution is a field of the entry, and no fact."""
    facts = {key: value for key, value in event.detail.items() if key != "execution"}
    return HistoryEntry(facts["service"], state.at, kind, state.execution, facts=facts)


def last_end_of(event: Event, state: StateEntry) -> LastEnd:
    """Return what the board has of the event of a promotion that has ended."""
    facts, reason = event.detail, event.detail["reason"]
    return LastEnd(
        service=facts["service"],
        execution=state.execution,
        at=state.at,
        digest=facts["digest"],
        tag=facts["tag"],
        error=facts["error"],
        reason=shortened(one_line(reason), LONGEST_REASON) if reason else None,
    )
