"""Gantry's own pull requests: one a service and environment, always one commit on top of its base."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from gantry.git_hosts.github import GitHubRepository
from gantry.promotion.write_back.message import CommitMessage

_REFUSED = 422


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a pull request should hold."""

    branch: str
    """Gantry's own, which is rebuilt each time."""
    base: str
    base_head: str
    """The commit that it is built on."""
    files: Mapping[str, bytes]
    message: CommitMessage


class PullRequests:
    """The pull requests of a repository that Gantry keeps."""

    def __init__(self, repository: GitHubRepository) -> None:
        self._repository = repository

    def propose(self, proposal: Proposal) -> int:
        """Open a pull request, or bring the open one up to date, and return its number. The same twice is nothing.

        The branch moves in one step, never by way of its base: GitHub closes a pull request without commits, for good
        (https://github.com/DataDog/dd-trace-rb/pull/6204). So the commit is made first. One that names no author is
        signed as the App's:
        https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification
        """
        there = self._repository.head(proposal.branch)
        if there is None or not self._is_built(proposal, there):
            self._move(proposal, there, self._commit(proposal))
        wanted = {"title": proposal.message.headline, "body": proposal.message.body}
        found = self._open(proposal.branch, proposal.base)
        if found is None:
            return self._opened(proposal, wanted)
        if any(found.get(name) != value for name, value in wanted.items()):
            self._repository.ask("PATCH", f"/pulls/{found['number']}", wanted)
        return int(found["number"])

    def withdraw(self, branch: str, base: str) -> None:
        """Close the open pull request, because its base says the same by now, and delete its branch."""
        if found := self._open(branch, base):
            self._repository.ask("PATCH", f"/pulls/{found['number']}", {"state": "closed"})
        if self._repository.head(branch):
            # 422: somebody else has deleted it.
            self._repository.ask("DELETE", f"/git/refs/heads/{quote(branch)}", accepted=(_REFUSED,))

    def number(self, branch: str, base: str) -> int | None:
        """Return the number of the open pull request; None where none is open."""
        found = self._open(branch, base)
        return int(found["number"]) if found else None

    def _open(self, branch: str, base: str) -> dict[str, Any] | None:
        owner = self._repository.name.partition("/")[0]
        query = f"state=open&head={quote(f'{owner}:{branch}', safe='')}&base={quote(base, safe='')}"
        found = self._repository.ask("GET", f"/pulls?{query}").body
        return next(iter(found), None)

    def _opened(self, proposal: Proposal, wanted: Mapping[str, str]) -> int:
        body = {**wanted, "head": proposal.branch, "base": proposal.base}
        answer = self._repository.ask("POST", "/pulls", body, accepted=(_REFUSED,))
        # A call that was made again may have opened it the first time.
        if answer.status == _REFUSED and (found := self._open(proposal.branch, proposal.base)):
            return int(found["number"])
        if answer.status == _REFUSED:
            answer = self._repository.ask("POST", "/pulls", body)
        return int(answer.body["number"])

    def _is_built(self, proposal: Proposal, there: str) -> bool:
        """Whether the branch is this one commit on this base already, so that no workflow starts again for nothing."""
        parents = self._repository.ask("GET", f"/git/commits/{there}").body["parents"]
        if [each["sha"] for each in parents] != [proposal.base_head]:
            return False
        return all(self._repository.read(path, there) == wanted for path, wanted in proposal.files.items())

    def _commit(self, proposal: Proposal) -> str:
        base = self._repository.ask("GET", f"/git/commits/{proposal.base_head}").body
        entries = [
            {"path": path, "mode": "100644", "type": "blob", "content": content.decode()}
            for path, content in proposal.files.items()
        ]
        tree = self._repository.ask("POST", "/git/trees", {"base_tree": base["tree"]["sha"], "tree": entries}).body
        message = f"{proposal.message.headline}\n\n{proposal.message.body}"
        made = {"message": message, "tree": tree["sha"], "parents": [proposal.base_head]}
        return str(self._repository.ask("POST", "/git/commits", made).body["sha"])

    def _move(self, proposal: Proposal, there: str | None, commit: str) -> None:
        if there is None:
            body = {"ref": f"refs/heads/{proposal.branch}", "sha": commit}
            if self._repository.ask("POST", "/git/refs", body, accepted=(_REFUSED,)).status != _REFUSED:
                return
        path = f"/git/refs/heads/{quote(proposal.branch)}"
        self._repository.ask("PATCH", path, {"sha": commit, "force": True})
