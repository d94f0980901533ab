"""One repository on GitHub: its branches, its files, and commits that never overwrite what somebody else has done."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from gantry.git_hosts.calls import Answer
from gantry.git_hosts.github_app import GitHubApp
from gantry.promotion.write_back.errors import (
    GitBranchMovedError,
    GitBranchNotFoundError,
    GitBranchProtectedError,
    GitRefusedError,
    GitRightsError,
    WrittenFileError,
)
from gantry.promotion.write_back.message import CommitMessage
from gantry.promotion.write_back.settings import Access

_COMMIT = """
mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }
"""
# https://docs.github.com/en/graphql/reference/mutations#createcommitonbranch
_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _EMPTY = 200, 401, 403, 404, 409


class GitHubRepository:
    """A repository, as the App sees it."""

    def __init__(self, app: GitHubApp, name: str, access: Access) -> None:
        self.name = name
        self._app = app
        self._access = access

    def head(self, branch: str) -> str | None:
        """Return the commit that a branch is on; None when there is no such branch."""
        answer = self.ask("GET", f"/git/ref/heads/{quote(branch)}", accepted=(_NOT_FOUND, _EMPTY))
        return str(answer.body["object"]["sha"]) if answer.status == _OK else None

    def head_of_base(self, branch: str) -> str:
        """Return the commit that a branch is on which has to exist.

        Raises:
            GitBranchNotFoundError: it does not.
        """
        if head := self.head(branch):
            return head
        raise GitBranchNotFoundError(f"{self.name} has no branch {branch}; correct write_back.branch, or create it")

    def read(self, path: str, commit: str) -> bytes | None:
        """Return a file as a commit has it; None when it has none.

        Raises:
            WrittenFileError: it is no file, or GitHub does not send one so large.
        """
        answer = self.ask("GET", f"/contents/{quote(path)}?ref={commit}", accepted=(_NOT_FOUND,))
        if answer.status == _NOT_FOUND:
            return None
        if not isinstance(answer.body, dict) or answer.body.get("type") != "file":
            raise WrittenFileError("it is a folder or a link; name a file")
        if answer.body.get("encoding") != "base64":  # none, above a megabyte
            raise WrittenFileError(f"it has {answer.body.get('size')} bytes, which is too large")
        return base64.b64decode(answer.body["content"])

    def is_protected(self, branch: str) -> bool:
        """Whether rules of the repository protect a branch. Gantry's App may bypass them all the same."""
        return bool(self.ask("GET", f"/branches/{quote(branch)}").body.get("protected"))

    def commit(self, branch: str, head: str, files: Mapping[str, bytes], message: CommitMessage) -> str:
        """Put files onto a branch by one commit, and return the commit.

        GitHub signs it as the App's. It has no other author.

        Raises:
            GitBranchMovedError: the branch is not on `head` any more; nothing was written.
            GitBranchProtectedError, GitRightsError, GitRefusedError: nothing was written.
        """
        additions = [{"path": path, "contents": base64.b64encode(each).decode()} for path, each in files.items()]
        wanted = {
            "branch": {"repositoryNameWithOwner": self.name, "branchName": branch},
            "expectedHeadOid": head,
            "message": {"headline": message.headline, "body": message.body},
            "fileChanges": {"additions": additions},
        }
        answer = self._retried(lambda token: self._app.calls.graphql(token, _COMMIT, {"input": wanted}))
        errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
        if answer.status != _OK or errors:
            raise self._why_refused(branch, head, answer)
        return str(answer.body["data"]["createCommitOnBranch"]["commit"]["oid"])

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, accepted: tuple[int, ...] = ()
    ) -> Answer:
        """Make a call about the repository.

        Raises:
            GitRightsError, GitRefusedError: the answer is neither a success nor accepted.
        """
        answer = self._retried(lambda token: self._app.calls.ask(method, f"/repos/{self.name}{path}", token, body))
        if answer.status // 100 == 2 or answer.status in accepted:  # noqa: PLR2004 -- successes
            return answer
        if answer.status in {_UNAUTHORIZED, _FORBIDDEN}:
            raise GitRightsError(f"Gantry's App may not do this in {self.name}: {answer.message}")
        raise GitRefusedError(f"GitHub refused a request about {self.name}: {answer.message}")

    def _retried(self, call: Any) -> Answer:  # noqa: ANN401 -- a call that takes a token
        """Make a call; once more with a new token where GitHub does not accept the one that is kept."""
        answer: Answer = call(self._app.token(self.name, self._access))
        if answer.status == _UNAUTHORIZED:
            self._app.forget(self.name, self._access)
            answer = call(self._app.token(self.name, self._access))
        return answer

    def _why_refused(self, branch: str, head: str, answer: Answer) -> Exception:
        """Find out by what is there now. GitHub's words for a stale head differ, also from those of other hosts."""
        if self.head_of_base(branch) != head:
            return GitBranchMovedError(f"somebody else has written to {branch} of {self.name}; it is tried again")
        errors = answer.body.get("errors") or [] if isinstance(answer.body, dict) else []
        if answer.status in {_UNAUTHORIZED, _FORBIDDEN} or any(each.get("type") == "FORBIDDEN" for each in errors):
            return GitRightsError(f"Gantry's App may not write to {branch} of {self.name}: {answer.message}")
        if self.is_protected(branch):
            message = f"{branch} of {self.name} is protected ({answer.message})"
            return GitBranchProtectedError(f"{message}; let Gantry's App bypass its rules, or use mode: pull_request")
        return GitRefusedError(f"GitHub refused a commit on {branch} of {self.name}: {answer.message}")
