"""Where a release comes from, for its approvers: the commit, what it adds to what is live, the CI run."""

from collections.abc import Iterator, Sequence

from gantry.promotion.approval import Approval
from gantry.promotion.approval_differences import live_here
from gantry.promotion.console_links import execution_page
from gantry.promotion.fact_section import SOURCE, FactSection
from gantry.promotion.live import Live
from gantry.promotion.source_links import links_of

_MOST_COMPARED = 5
"""Different commits that are live in one environment."""
_WHO_SAYS_IT = "As the artifact's own labels say; whoever can push it writes them."
_WHO_SAYS_OF_THE_MANIFEST = "The manifest's commit is as whoever uploaded it says."


def source_sections(approval: Approval, lives: Sequence[Live]) -> Iterator[FactSection]:
    """Yield the section; none where nothing is known.

    Args:
        approval: the approval.
        lives: what is live on the targets of the service; empty where a comparison would say nothing any more.
    """
    links = links_of(approval.release.source)
    rows = [each for each in links.rows if each[1] not in {links.run, links.manifest}]
    compared = list(_compared(approval, lives))
    names = ["Changes"] if len(compared) == 1 else [f"Changes {number}" for number in range(1, len(compared) + 1)]
    rows += zip(names, compared, strict=True)
    if links.run:
        rows.append(("CI run", links.run))
    if rows:
        rows.append(("", _WHO_SAYS_IT))
    if links.manifest:
        rows += [("Manifest", links.manifest), ("", _WHO_SAYS_OF_THE_MANIFEST)]
    if page := execution_page(approval.execution):
        rows.append(("Execution", page))
    if rows:
        yield FactSection(SOURCE, tuple(rows))


def _compared(approval: Approval, lives: Sequence[Live]) -> Iterator[str]:
    """Yield a comparison with each release that is live there, in the order of the targets."""
    here = live_here(approval, lives)
    live = [here[target.id].source for target in approval.targets if target.id in here]
    found = (links_of(approval.release.source, each).compare for each in live)
    yield from list(dict.fromkeys(filter(None, found)))[:_MOST_COMPARED]
