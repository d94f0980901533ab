"""A service's history as a timeline, newest first, each verdict with its numbers as a small chart."""

from collections.abc import Sequence

from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.status_page.history_sentences import heading, is_bad, sentences, subject
from gantry.promotion.status_page.links import PageLinks
from gantry.promotion.status_page.verdict_chart import verdict_chart
from gantry.promotion.status_page.view import StatusView
from gantry.promotion.status_page.words import moment_html

_MOST_BYTES = 60_000
"""Of the entries on one page, so that a page stays under 100 KB. Older ones are one link away."""


def timeline_html(entries: Sequence[HistoryEntry], view: StatusView, links: PageLinks, *, has_more: bool) -> str:
    """Return as many entries as fit, with a link to older ones.

    Args:
        entries: newest first.
        view: how the page is looked at.
        links: what entries are linked with.
        has_more: whether the ledger has older entries than these.
    """
    title = '<h2 id="history">History</h2>'
    if not entries:
        return f"{title}<p>Nothing has happened{' before that' if view.before else ' yet'}.</p>"
    shown = _that_fit([_entry(each, links) for each in entries])
    is_cut = has_more or len(shown) < len(entries)
    older = (
        f'<p><a href="{view.query(before=entries[len(shown) - 1].at)}#history">Older entries</a></p>' if is_cut else ""
    )
    newest = f'<p><a href="{view.query() or "?"}#history">Newest entries</a></p>' if view.before else ""
    return f'{title}{newest}<ol aria-labelledby="history">{"".join(shown)}</ol>{older}'


def _that_fit(items: list[str]) -> list[str]:
    """Return the first items; always one, so that every link to older ones goes on."""
    size = 0
    for number, item in enumerate(items):
        size += len(item.encode())
        if number and size > _MOST_BYTES:
            return items[:number]
    return items


def _entry(entry: HistoryEntry, links: PageLinks) -> str:
    digest = entry.facts.get("digest")
    mark = ' class="fault"' if is_bad(entry) else ""
    about = " · ".join(each for each in (subject(entry), _linked(entry, digest, links)) if each)
    said = "".join(f"<p>{each}.</p>" for each in sentences(entry))
    return (
        f"<li{mark}><strong>{heading(entry)}</strong> {moment_html(entry.at)}"
        f'<p class="quiet">{about}</p>{said}{_chart(entry)}</li>'
    )


def _linked(entry: HistoryEntry, digest: object, links: PageLinks) -> str:
    found = (links.of_release(str(digest) if digest else None), links.of_execution(entry.execution))
    return " · ".join(each for each in found if each)


def _chart(entry: HistoryEntry) -> str:
    evidence = entry.facts.get("evidence")
    if entry.kind is not HistoryKind.CANARY_JUDGED or not isinstance(evidence, dict):
        return ""
    drawn = verdict_chart(evidence)
    return f"<figure>{drawn}</figure>" if drawn else ""
