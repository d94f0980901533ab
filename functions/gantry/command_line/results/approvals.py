"""What `gantry approvals` says."""

from dataclasses import dataclass, fields

from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.board.release_links import ReleaseLinks


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApproval(ListedApproval):
    """One open question, with where its release comes from."""

    links: ReleaseLinks
    """With what the release changes of what is live there."""

    @classmethod
    def linked(cls, listed: ListedApproval, links: ReleaseLinks) -> "OpenApproval":
        """Return an approval of the list with its links."""
        return cls(links=links, **{each.name: getattr(listed, each.name) for each in fields(listed)})
