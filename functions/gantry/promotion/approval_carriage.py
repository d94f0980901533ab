"""How a release is to be carried, beside how the last release on each target was."""

from collections.abc import Iterator, Sequence

from gantry.promotion.approval import Approval
from gantry.promotion.carriage import ROWS, Carriage
from gantry.promotion.fact_section import CARRIED, FactSection
from gantry.promotion.live import Live
from gantry.promotion.masking import shown
from gantry.promotion.visible_text import one_line

Before = tuple[tuple[str, ...], Carriage | None]
"""Some targets, and how the last release there was carried; None where that is not on record."""


def carried_before(approval: Approval, lives: Sequence[Live]) -> tuple[Before, ...]:
    """Return how the last release was carried, with targets of which it is the same together."""
    here = {live.target_id: live.carried for live in lives if live.environment == approval.environment}
    found: list[Before] = []
    for target in approval.targets:
        before = here.get(target.id)
        same = next((each for each in found if each[1] == before), None)
        if same:
            found[found.index(same)] = ((*same[0], target.id), before)
        else:
            found.append(((target.id,), before))
    return tuple(found)


def carriage_sections(approval: Approval, lives: Sequence[Live]) -> Iterator[FactSection]:
    """Yield how the release is to be carried, one section for targets with the same past."""
    before = carried_before(approval, lives)
    for targets, carried in before:
        rows = [("on", ", ".join(targets))] if len(before) > 1 else []
        rows += [(name, row) for name in ROWS if (row := _row(name, approval.carried, carried))]
        if carried is None:
            rows.append(("", "How the release before was carried is not on record."))
        yield FactSection(CARRIED, tuple(rows))


def _row(name: str, now: Carriage, before: Carriage | None) -> str | None:
    after = now.get(name)
    if before is None or before.get(name) == after:
        return _plain(after) if after else None
    changed = f"{_plain(before.get(name))} → {_plain(after)}"
    return f"{changed} (another one)" if _plain(before.get(name)) == _plain(after) else changed


def _plain(value: str | None) -> str:
    """Return a row without an arrow of its own, which would look like before and after."""
    return one_line(shown(value)).replace("→", "->") if value else "(none)"
