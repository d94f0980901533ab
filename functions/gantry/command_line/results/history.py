"""What `gantry history` says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gantry.promotion.board.release_links import KnownSources, ReleaseLinks
from gantry.promotion.history import HistoryEntry
from gantry.promotion.source import Source
from gantry.promotion.source_links import links_of


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened."""

    at: str
    """ISO 8601, UTC."""
    kind: str
    """`promotion_started`, `canary_judged` and so on, as docs/events.md explains their events."""
    environment: str | None
    target: str | None
    execution: str
    """The ARN of the execution that recorded it."""
    facts: Mapping[str, Any]
    """What else is known of it; each kind has its own."""
    links: ReleaseLinks


@dataclass(frozen=True, slots=True)
class History:
    """What happened to a service, newest first."""

    service: str
    entries: tuple[Happened, ...]
    before: str | None
    """What to give as `--before` for the entries that are older; None when these are all."""


def history_of(service: str, entries: Sequence[HistoryEntry], limit: int) -> History:
    """Return the entries for people and programs."""
    known = KnownSources(None, entries)
    happened = tuple(_happened(each, known) for each in entries)
    return History(service, happened, happened[-1].at if len(happened) == limit else None)


def _happened(entry: HistoryEntry, known: KnownSources) -> Happened:
    links = known.links(entry.facts.get("digest"), entry.execution)
    manifest = links_of(Source.read(entry.facts.get("source"))).manifest
    links = replace(links, manifest=manifest)
    return Happened(entry.at, str(entry.kind), entry.environment, entry.target_id, entry.execution, entry.facts, links)
