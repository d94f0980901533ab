"""A bare Git repository, moved by Git's own commands. `update-ref` with the old commit compares and sets."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = "100644"
_SOMEBODY = {
    "GIT_AUTHOR_NAME": "somebody",
    "GIT_AUTHOR_EMAIL": "somebody@example.com",
    "GIT_COMMITTER_NAME": "GitHub",
    "GIT_COMMITTER_EMAIL": "noreply@github.com",
}


class RefMovedError(Exception):
    """A branch is not where it was expected."""


class NoSuchObjectError(Exception):
    """There is no such commit, branch or file."""


class BareRepository:
    """One repository with the branch main, which has one commit."""

    def __init__(self, folder: Path, files: Mapping[str, bytes]) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._git("init", "--quiet", "--bare", "--initial-branch=main")
        self.move("main", self.commit(self.tree(None, files), [], "the beginning"), None)

    def head(self, branch: str) -> str:
        """Return the commit that a branch is on."""
        return self._git("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}").decode().strip()

    def branches(self) -> list[str]:
        """Return the names of all branches."""
        return self._git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").decode().split()

    def read(self, path: str, commit: str) -> bytes:
        """Return a file as a commit has it."""
        if self._git("cat-file", "-t", f"{commit}:{path}").strip() != b"blob":
            raise NoSuchObjectError(path)
        return self._git("cat-file", "blob", f"{commit}:{path}")

    def is_folder(self, path: str, commit: str) -> bool:
        """Whether a path of a commit is a folder."""
        try:
            return self._git("cat-file", "-t", f"{commit}:{path}").strip() == b"tree"
        except NoSuchObjectError:
            return False

    def tree_of(self, commit: str) -> str:
        """Return the tree of a commit."""
        return self._git("rev-parse", f"{commit}^{{tree}}").decode().strip()

    def parents(self, commit: str) -> list[str]:
        """Return the commits that a commit is built on."""
        return self._git("show", "--no-patch", "--format=%P", commit).decode().split()

    def message(self, commit: str) -> str:
        """Return a commit's message."""
        return self._git("show", "--no-patch", "--format=%B", commit).decode().strip()

    def log(self, branch: str) -> list[str]:
        """Return the commits of a branch, the newest first."""
        return self._git("rev-list", f"refs/heads/{branch}").decode().split()

    def changed(self, old: str, new: str) -> list[str]:
        """Return the files that differ between two commits."""
        return self._git("diff", "--name-only", old, new).decode().split()

    def tree(self, base: str | None, files: Mapping[str, bytes]) -> str:
        """Return a tree that is another one with these files."""
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if base:
                self._git("read-tree", base, environment=index)
            for path, content in files.items():
                blob = self._git("hash-object", "-w", "--stdin", given=content).decode().strip()
                self._git("update-index", "--add", "--cacheinfo", f"{_FILE},{blob},{path}", environment=index)
            return self._git("write-tree", environment=index).decode().strip()

    def commit(self, tree: str, parents: list[str], message: str) -> str:
        """Make a commit, which is on no branch yet."""
        on = [part for parent in parents for part in ("-p", parent)]
        made = self._git("commit-tree", tree, *on, "-F", "-", given=message.encode(), environment=_SOMEBODY)
        return made.decode().strip()

    def move(self, branch: str, commit: str, expected: str | None) -> None:
        """Move a branch from one commit to another; `expected` is None for a new branch.

        Raises:
            RefMovedError: it is somewhere else.
        """
        try:
            self._git("update-ref", f"refs/heads/{branch}", commit, expected or "0" * 40)
        except NoSuchObjectError as error:
            raise RefMovedError(branch) from error

    def force(self, branch: str, commit: str | None) -> None:
        """Move a branch wherever it is; delete it for None."""
        named = f"refs/heads/{branch}"
        self._git(*(("update-ref", named, commit) if commit else ("update-ref", "-d", named)))

    def push(self, branch: str, files: Mapping[str, bytes], message: str = "by a person") -> str:
        """Commit files to a branch, as a person would."""
        head = self.head(branch)
        commit = self.commit(self.tree(head, files), [head], message)
        self.move(branch, commit, head)
        return commit

    def _git(self, *words: str, given: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        command = ["git", "--git-dir", str(self.folder), *words]
        made = subprocess.run(  # noqa: S603
            command, input=given, capture_output=True, check=False, env={**os.environ, **(environment or {})}
        )
        if made.returncode:
            raise NoSuchObjectError(made.stderr.decode())
        return made.stdout
