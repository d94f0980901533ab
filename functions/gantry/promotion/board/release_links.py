"""Links out of what people see of everything: to commits, their changes, CI runs, and executions in the console."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gantry.promotion.board.board import EnvironmentOnBoard, ServiceOnBoard, TargetOnBoard
from gantry.promotion.console_links import execution_page
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.source import Source
from gantry.promotion.source_links import SourceLinks, links_of


@dataclass(frozen=True, slots=True)
class ReleaseLinks:
    """Where a release comes from, and who carries it: https addresses, each None where it is not known."""

    repository: str | None = None
    commit: str | None = None
    compare: str | None = None
    """What lies between the release that is live and this one."""
    run: str | None = None
    """The CI run that built it."""
    console: str | None = None
    """The execution, in the console of AWS."""
    manifest: str | None = None
    """The commit that its manifest is from; None also where that is the release's own."""

    @classmethod
    def of(cls, source: Source | None, live: Source | None = None, execution: str | None = None) -> "ReleaseLinks":
        """Return the links of a release that an execution carries to where another one is live."""
        found = links_of(source, live)
        page = execution_page(execution) if execution else None
        return cls(found.repository, found.commit, found.compare, found.run, page, found.manifest)

    @property
    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield each link with its name for people."""
        yield from SourceLinks(self.repository, self.commit, self.compare, self.run, self.manifest).named
        if self.console:
            yield "console", self.console


def live_source(environment: EnvironmentOnBoard) -> Source | None:
    """Return where the release comes from that is live in an environment: on its first target of which it is known."""
    return next((each.live.source for each in environment.targets if each.live and each.live.source), None)


class KnownSources:
    """Where the artifacts of one service come from, by digest, and what each has replaced or is to replace.

    One artifact may come with several manifests, so that a digest says nothing about those.
    """

    def __init__(self, service: ServiceOnBoard | None, entries: Sequence[HistoryEntry]) -> None:
        self._sources: dict[str, Source] = {}
        self._before: dict[str, str] = {}
        for entry in reversed(entries):
            self._add_entry(entry)
        if service:
            self._add_service(service)

    @property
    def all(self) -> dict[str, SourceLinks]:
        """The links of every digest of which something is known."""
        return {digest: links_of(source, self._live_before(digest)) for digest, source in self._sources.items()}

    def links(self, digest: object, execution: str | None = None, live: Source | None = None) -> ReleaseLinks:
        """Return the links of a release, compared with what it has replaced or is to replace, or else with `live`."""
        known = str(digest)
        return ReleaseLinks.of(self._sources.get(known), self._live_before(known) or live, execution)

    def _live_before(self, digest: str) -> Source | None:
        return self._sources.get(self._before.get(digest, ""))

    def _add_entry(self, entry: HistoryEntry) -> None:
        facts: Mapping[str, Any] = entry.facts
        digest, before = str(facts.get("digest")), facts.get("before")
        self._add(digest, Source.read(facts.get("source")))
        if entry.kind is HistoryKind.DEPLOYMENT_COMPLETED and isinstance(before, Mapping):
            self._replaces(digest, str(before.get("digest")))

    def _add_service(self, service: ServiceOnBoard) -> None:
        """What is on the move or asked about counts more than what has happened, the last environment most."""
        for promotion in service.promotions:
            self._add(promotion.release.digest, promotion.release.source)
        for environment in service.environments:
            for target in environment.targets:
                self._add_target(target)
            live = next((each.live.digest for each in environment.targets if each.live), None)
            for approval in environment.approvals:
                self._add(approval.digest, approval.source)
                self._replaces(approval.digest, live)

    def _add_target(self, target: TargetOnBoard) -> None:
        live, release = target.live, target.moving.release if target.moving else None
        if live:
            self._add(live.digest, live.source)
        if release:
            self._add(release.digest, release.source)
            self._replaces(release.digest, live.digest if live else None)

    def _add(self, digest: str, source: Source | None) -> None:
        artifact = replace(source, manifest=None) if source else None
        if artifact and artifact != Source():
            self._sources[digest] = artifact

    def _replaces(self, digest: str, before: str | None) -> None:
        if before and before != digest:
            self._before[digest] = before
