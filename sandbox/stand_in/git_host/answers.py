"""What the small GitHub answers to each call, by method and path."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from sandbox.stand_in.git_host.pulls import PullRequest, PullRequests
from sandbox.stand_in.git_host.repository import BareRepository, NoSuchObjectError, RefMovedError

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = tuple[int, Any]
_LARGEST = 1024 * 1024
NOT_FOUND: Answer = (404, {"message": "Not Found"})


class Answers:
    """The calls about one repository."""

    def __init__(self, repository: BareRepository) -> None:
        self.repository = repository
        self.pulls = PullRequests(repository)
        self.protected: set[str] = set()
        """Branches that nobody may write to."""

    def to(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        """Answer a call about the repository. The path begins behind its name."""
        parts = urlsplit(path)
        where, query = unquote(parts.path), {name: values[0] for name, values in parse_qs(parts.query).items()}
        for pattern, answer in self._ROUTES.items():
            if found := re.fullmatch(pattern, f"{method} {where}"):
                try:
                    return answer(self, found.groups(), query | body)
                except NoSuchObjectError:
                    return NOT_FOUND
        return NOT_FOUND

    def graphql(self, wanted: dict[str, Any]) -> Answer:
        """Answer `createCommitOnBranch`, which compares and sets."""
        branch, expected = wanted["branch"]["branchName"], wanted["expectedHeadOid"]
        if branch in self.protected:
            return self._error(
                "UNPROCESSABLE", "At least 1 approving review is required by reviewers with write access."
            )
        files = {each["path"]: base64.b64decode(each["contents"]) for each in wanted["fileChanges"]["additions"]}
        message = f"{wanted['message']['headline']}\n\n{wanted['message'].get('body', '')}"
        made = self.repository.commit(self.repository.tree(expected, files), [expected], message)
        try:
            self.repository.move(branch, made, expected)
        except RefMovedError:
            # https://github.com/ministryofjustice/modernisation-platform/issues/11985
            stale = f'Expected branch to point to "{expected}" but it did not.  Pull and try again.'
            return self._error("STALE_DATA", stale)
        self.pulls.after_a_move()
        return 200, {"data": {"createCommitOnBranch": {"commit": {"oid": made}}}}

    @staticmethod
    def _error(kind: str, message: str) -> Answer:
        return 200, {"data": {"createCommitOnBranch": None}, "errors": [{"type": kind, "message": message}]}

    def _ref(self, named: tuple[str, ...], _: dict[str, Any]) -> Answer:
        return 200, {"object": {"sha": self.repository.head(named[0])}}

    def _branch(self, named: tuple[str, ...], _: dict[str, Any]) -> Answer:
        self.repository.head(named[0])
        return 200, {"name": named[0], "protected": named[0] in self.protected}

    def _contents(self, named: tuple[str, ...], given: dict[str, Any]) -> Answer:
        if self.repository.is_folder(named[0], given["ref"]):
            return 200, [{"type": "file"}]
        content = self.repository.read(named[0], given["ref"])
        if len(content) > _LARGEST:
            return 200, {"type": "file", "encoding": "none", "content": "", "size": len(content)}
        return 200, {"type": "file", "encoding": "base64", "content": base64.encodebytes(content).decode()}

    def _commit(self, named: tuple[str, ...], _: dict[str, Any]) -> Answer:
        parents = [{"sha": each} for each in self.repository.parents(named[0])]
        return 200, {"sha": named[0], "tree": {"sha": self.repository.tree_of(named[0])}, "parents": parents}

    def _new_tree(self, _: tuple[str, ...], given: dict[str, Any]) -> Answer:
        files = {each["path"]: each["content"].encode() for each in given["tree"]}
        return 201, {"sha": self.repository.tree(given["base_tree"], files)}

    def _new_commit(self, _: tuple[str, ...], given: dict[str, Any]) -> Answer:
        return 201, {"sha": self.repository.commit(given["tree"], given["parents"], given["message"])}

    def _new_ref(self, _: tuple[str, ...], given: dict[str, Any]) -> Answer:
        try:
            self.repository.move(given["ref"].removeprefix("refs/heads/"), given["sha"], None)
        except RefMovedError:
            return 422, {"message": "Reference already exists"}
        return 201, {"ref": given["ref"]}

    def _move_ref(self, named: tuple[str, ...], given: dict[str, Any]) -> Answer:
        if named[0] in self.protected:
            return 422, {"message": "Cannot force-push to this branch"}
        self.repository.head(named[0])
        self.repository.force(named[0], given["sha"])
        self.pulls.after_a_move()
        return 200, {"object": {"sha": given["sha"]}}

    def _delete_ref(self, named: tuple[str, ...], _: dict[str, Any]) -> Answer:
        if named[0] not in self.repository.branches():
            return 422, {"message": "Reference does not exist"}
        self.repository.force(named[0], None)
        self.pulls.after_a_move()
        return 204, None

    def _list_pulls(self, _: tuple[str, ...], given: dict[str, Any]) -> Answer:
        found = self.pulls.open(given["head"].partition(":")[2], given["base"])
        return 200, [each.as_json() for each in found]

    def _new_pull(self, _: tuple[str, ...], given: dict[str, Any]) -> Answer:
        made = self.pulls.create(given["head"], given["base"], given["title"], given["body"])
        if isinstance(made, PullRequest):
            return 201, made.as_json()
        return 422, {"message": "Validation Failed", "errors": [{"message": made}]}

    def _change_pull(self, named: tuple[str, ...], given: dict[str, Any]) -> Answer:
        pull = self.pulls.all[int(named[0]) - 1]
        for name in {"title", "body", "state"} & given.keys():
            setattr(pull, name, given[name])
        return 200, pull.as_json()

    _ROUTES: dict[str, Callable[[Answers, tuple[str, ...], dict[str, Any]], Answer]] = {  # noqa: RUF012 -- never changed
        r"GET /git/ref/heads/(.+)": _ref,
        r"GET /branches/(.+)": _branch,
        r"GET /contents/(.+)": _contents,
        r"GET /git/commits/(\w+)": _commit,
        r"POST /git/trees": _new_tree,
        r"POST /git/commits": _new_commit,
        r"POST /git/refs": _new_ref,
        r"PATCH /git/refs/heads/(.+)": _move_ref,
        r"DELETE /git/refs/heads/(.+)": _delete_ref,
        r"GET /pulls": _list_pulls,
        r"POST /pulls": _new_pull,
        r"PATCH /pulls/(\d+)": _change_pull,
    }
