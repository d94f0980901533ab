"""One environment of a service on the board, in a cell of its table."""

from collections import Counter
from collections.abc import Iterator

from gantry.promotion.board.board import EnvironmentOnBoard, TargetOnBoard
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.status_page.canary_html import moving_html
from gantry.promotion.status_page.words import age, count, release_name, version, with_what

_MOST = 3
"""Targets of an environment that a cell shows one by one; the service's page shows all."""


def cell_html(environment: EnvironmentOnBoard, now: str) -> str:
    """Return what is live there, what moves, and what waits for whom."""
    return "".join(_parts(environment, now)) or "nothing yet"


def _parts(environment: EnvironmentOnBoard, now: str) -> Iterator[str]:
    yield _live(environment.targets, now)
    if astray := Counter(each.drift.state for each in environment.targets if each.drift):
        states = ", ".join(f"{state} on {number}" for state, number in sorted(astray.items()))
        yield f'<span class="waits"><strong>{states}</strong></span>'
    moving = [each.moving for each in environment.targets if each.moving]
    yield from (f'<span class="moves">{moving_html(each, now)}</span>' for each in moving[:_MOST])
    if len(moving) > _MOST:
        yield f'<span class="moves">and {count(len(moving) - _MOST, "more target")}</span>'
    yield from (f'<span class="waits">{asks(each)}</span>' for each in environment.approvals[:_MOST])
    if needing := environment.needing:
        name = release_name(needing.tag, needing.digest)
        yield f'<span class="waits">{name} <strong>waits</strong> for infrastructure</span>'
    if in_line := sum(len(each.waiting) for each in environment.targets):
        yield f'<span class="waits">{count(in_line, "release")} in line</span>'


def _live(targets: tuple[TargetOnBoard, ...], now: str) -> str:
    """Return what is live: once where the targets agree, and otherwise with how many have it."""
    live = [each.live for each in targets if each.live]
    if not live:
        return ""
    names = [release_name(each.tag, each.digest) for each in live]
    different = list(dict.fromkeys(names))
    if len(different) > 1 or len(live) < len(targets):
        shown = [f"{each} on {names.count(each)} of {len(targets)}" for each in different[:_MOST]]
        return "<br>".join(shown) + ("<br>and others" if len(different) > _MOST else "")
    revisions = {each.revision for each in live}
    which = f"{version(revisions.pop())}, " if len(revisions) == 1 else ""
    return f"{names[0]}<small>{which}{age(max(each.since for each in live), now)}</small>"


def asks(approval: ListedApproval) -> str:
    """Return how many are asked about what, short enough for a cell. The lists and the service's page name them."""
    asked = len(approval.approvers)
    who = "1 person" if asked == 1 else f"{asked} people"
    name = release_name(approval.tag, approval.digest)
    release = with_what(name, is_configuration_only=approval.configuration_only)
    about = "the canary" if approval.target_id else release
    return f"<strong>asks</strong> {who} about {about}"
