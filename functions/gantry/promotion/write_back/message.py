"""What a commit and a pull request say about the release whose values they bring."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gantry.promotion.console_links import execution_page
from gantry.promotion.source import Source
from gantry.promotion.source_links import links_of

TRAILER = "Gantry-Execution"
"""The trailer by which a workflow knows Gantry's commits, so that it does not build what is live already."""


@dataclass(frozen=True, slots=True)
class CommitMessage:
    """A commit's message."""

    headline: str
    body: str
    """Its last paragraph has the trailers."""


@dataclass(frozen=True, slots=True)
class WrittenRelease:
    """What is live in an environment, and how it came there."""

    service: str
    environment: str
    digest: str
    tag: str | None
    approvers: Sequence[str]
    """Who approved this release there, as far as the history has it; empty when nobody had to."""
    execution: str | None
    """The ARN of the execution that made it so; None for what was there before Gantry came."""
    went_back: bool = False
    """Whether a rollback made it so."""
    source: Source | None = None
    before: Source | None = None
    """The same of what was live before; None where it is not known."""


def message_of(release: WrittenRelease) -> CommitMessage:
    """Return the message of the commit that says what is live."""
    name = release.tag or release.digest.partition(":")[2][:12]
    headline = f"{release.service} in {release.environment}: {'back to ' if release.went_back else ''}{name}"
    trailers = [f"{TRAILER}: {release.execution or 'none'}"]
    return CommitMessage(headline, "\n".join([*_lines(release), "", *trailers]))


def _lines(release: WrittenRelease) -> Iterator[str]:
    yield f"Environment: {release.environment}"
    yield f"Tag: {release.tag or 'none that is known'}"
    yield f"Digest: {release.digest}"
    yield f"Approved by: {', '.join(release.approvers) or 'no approval is recorded'}"
    if release.execution and (page := execution_page(release.execution)):
        yield f"Execution: {page}"
    links = links_of(release.source, release.before)
    if links.commit:
        yield f"Commit: {links.commit}"
    if links.compare:
        yield f"Changes: {links.compare}"
