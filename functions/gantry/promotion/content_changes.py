"""What changes inside an artifact, beside the one that is live: parts added, removed and changed, as short rows.

The artifact's digest is what people approve. These rows are derived from it, to be read.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gantry.promotion.visible_text import foreign, quoted_name

MOST_ROWS = 40
"""Rows of parts for one approval. They are kept with it, and each approver gets a mail with them."""
_LONGEST_NAME = 120
_LONGEST_DETAIL = 80
"""Characters."""
_ORDER: tuple["What", ...] = ("removed", "changed", "added")
What = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class ContentChange:
    """One part of an artifact that is there only before or only after, or is another one."""

    name: str
    """The part's own name, which anybody may have chosen."""
    what: What
    detail: str = ""
    """More about it, such as sizes. It may have names that anybody has chosen."""
    before: str | None = None
    after: str | None = None
    """Two values of a changed part, in Gantry's words, which are shown as before and after."""
    kind: str = ""
    """What stands before the name, in Gantry's words: a method."""


@dataclass(frozen=True, slots=True)
class ContentComparison:
    """What changes inside the artifact on some targets, as it was compared when people were asked."""

    targets: tuple[str, ...]
    """Their ids."""
    rows: tuple[tuple[str, str], ...]
    """Labels with values."""
    live: str | None = None
    """The digest that was live there; None where nothing was, which the ledger does not keep."""


def in_order(changes: Iterable[ContentChange]) -> list[ContentChange]:
    """Return the changes as people get to see them: what is removed comes first, what is added last."""
    return sorted(changes, key=lambda each: _ORDER.index(each.what))


def content_rows(changes: Iterable[ContentChange], most: int = MOST_ROWS) -> tuple[tuple[str, str], ...]:
    """Return rows for people: how many parts change, the first of them, and how many more there are.

    Args:
        changes: all of them; none says that only what is not compared is different.
        most: how many parts get a row.
    """
    found = in_order(changes)
    if not found:
        return (("content", "The bytes differ, but nothing in them that Gantry compares"),)
    rows = [("content", _counted(found)), *map(_row, found[:most])]
    if left := found[most:]:
        rows.append(("", f"and {len(left):,} more: {_counted(left)}"))
    return tuple(rows)


def unknown_rows(why: str) -> tuple[tuple[str, str], ...]:
    """Return the row for what cannot be compared. It never reads as if nothing changed.

    Args:
        why: a reason, without a full stop.
    """
    return (("content", f"What changes in it is unknown: {foreign(why)}"),)


def _counted(changes: Sequence[ContentChange]) -> str:
    counts = Counter(each.what for each in changes)
    return ", ".join(f"{counts[what]:,} {what}" for what in _ORDER if counts[what])


def _row(change: ContentChange) -> tuple[str, str]:
    label = f"{change.kind} {quoted_name(change.name, _LONGEST_NAME)}".strip()
    if change.before is not None and change.after is not None:
        return label, f"{change.before} → {change.after}"
    detail = foreign(change.detail, _LONGEST_DETAIL).replace("→", "->")  # an arrow would look like before and after
    return label, f"{change.what}, {detail}" if detail else change.what
