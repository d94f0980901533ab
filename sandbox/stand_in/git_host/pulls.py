"""The pull requests of the small GitHub, with what GitHub does by itself when a branch moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.stand_in.git_host.repository import BareRepository


@dataclass
class PullRequest:
    """One pull request."""

    number: int
    head: str
    base: str
    title: str
    body: str
    state: str = "open"

    def as_json(self) -> dict[str, Any]:
        """Return what the API says of it."""
        return {
            "number": self.number,
            "title": self.title,
            "body": self.body,
            "state": self.state,
            "head": {"ref": self.head},
            "base": {"ref": self.base},
        }


class PullRequests:
    """All pull requests of a repository."""

    def __init__(self, repository: BareRepository) -> None:
        self._repository = repository
        self.all: list[PullRequest] = []

    def open(self, head: str | None = None, base: str | None = None) -> list[PullRequest]:
        """Return those that are open, from one branch to another if these are given."""
        found = [each for each in self.all if each.state == "open"]
        return [each for each in found if head in {None, each.head} and base in {None, each.base}]

    def create(self, head: str, base: str, title: str, body: str) -> PullRequest | str:
        """Open one, or return why that is refused."""
        if self.open(head, base):
            return f"A pull request already exists for acme:{head}."
        if not self._has_commits(head, base):
            return f"No commits between {base} and {head}"
        self.all.append(PullRequest(len(self.all) + 1, head, base, title, body))
        return self.all[-1]

    def after_a_move(self) -> None:
        """Close those that have no commits any more. A commit that comes later does not open them again.

        https://github.com/DataDog/dd-trace-rb/pull/6204
        """
        branches = set(self._repository.branches())
        for each in self.open():
            if each.head not in branches or not self._has_commits(each.head, each.base):
                each.state = "closed"

    def _has_commits(self, head: str, base: str) -> bool:
        return self._repository.head(head) not in self._repository.log(base)
