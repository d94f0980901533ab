"""Links out of the page: to a release's commit, its changes and its CI run, and to executions in the console."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape

from gantry.promotion.source import Source, is_address
from gantry.promotion.source_links import SourceLinks, links_of
from gantry.promotion.status_page.view import StatusView


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What is known beside the ledger's own words."""

    sources: Mapping[str, SourceLinks] = field(default_factory=dict)
    """By digest."""
    console: Callable[[str], str | None] = lambda _: None
    """Returns the console's address of an execution, by its ARN."""

    def of_release(self, digest: str | None, source: Source | None = None) -> str:
        """Return the links of a release; nothing where none is known.

        Args:
            digest: its artifact's.
            source: where the release comes from, for the commit of its manifest; None where that is not known.
        """
        artifact = self.sources.get(digest or "", SourceLinks())
        return _listed((*artifact.named, ("manifest", links_of(source).manifest)))

    def of_execution(self, execution: str) -> str:
        """Return the link to an execution in the console; nothing where there is none."""
        return _listed((("execution", self.console(execution)),))


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """What every part of a service's page needs."""

    service: str
    now: str
    """When the page's facts were read. ISO 8601, UTC."""
    view: StatusView
    links: PageLinks


def _listed(found: Iterable[tuple[str, str | None]]) -> str:
    """Return links. Whoever made them has looked already; what strangers have a part in is looked at twice."""
    safe = ((words, address) for words, address in found if address and is_address(address))
    return " · ".join(f'<a href="{escape(address)}">{words}</a>' for words, address in safe)
