"""A Git repository on this machine, asked by the program `git`."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gantry.command_line.errors import CommandError, Exit

_REGULAR = {"100644", "100755"}


@dataclass(frozen=True, slots=True)
class CommittedFile:
    """A file as a commit has it."""

    path: str
    """From the repository's root."""
    content: bytes


class GitCheckout:
    """The repository that a path is in."""

    def __init__(self, path: Path) -> None:
        folder = Path(os.path.realpath(path))
        while not folder.is_dir():
            folder = folder.parent
        self._folder = folder
        found = self._ask("rev-parse", "--show-toplevel")
        if found is None:
            raise CommandError(f"{path} is in no Git repository: manifests are synced from a commit.", Exit.USAGE)
        self.top = Path(found.strip())

    def commit(self, named: str) -> str:
        """Return the whole hash of a commit.

        Raises:
            CommandError: there is no such commit here.
        """
        found = self._ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{named}^{{commit}}")
        if found is None:
            raise CommandError(f"There is no commit {named} in {self.top}.", Exit.USAGE)
        return found.strip()

    def place_of(self, path: Path) -> str:
        """Return where a path is, from the root; empty for the root itself. Nothing has to be there.

        Raises:
            CommandError: it is outside.
        """
        full = Path(os.path.realpath(path))
        if not full.is_relative_to(self.top):
            raise CommandError(f"{path} is not in {self.top}: sync each repository alone.", Exit.USAGE)
        place = full.relative_to(self.top).as_posix()
        return "" if place == "." else place

    def files(self, commit: str, place: str, endings: Sequence[str]) -> Iterator[CommittedFile]:
        """Yield a file of a commit, or those with these endings in a folder and below it."""
        listed = self._require("ls-tree", "-r", "-z", "--full-tree", commit, "--", *([place] if place else []))
        for line in filter(None, listed.split("\0")):
            (mode, _, blob), path = line.partition("\t")[0].split(), line.partition("\t")[2]
            if mode in _REGULAR and (path == place or path.lower().endswith(tuple(endings))):
                yield CommittedFile(path, self._bytes("cat-file", "blob", blob))

    def paths_with(self, commit: str, text: str, endings: Sequence[str]) -> list[str]:
        """Return the files of a commit with these endings that have a text in them."""
        wanted = [f":(icase,top)*{each}" for each in endings]
        found = self._ask("grep", "-l", "-z", "--full-name", "-F", "-e", text, commit, "--", *wanted) or ""
        return [each.partition(":")[2] for each in found.split("\0") if each]

    def is_ancestor(self, older: str, newer: str) -> bool | None:
        """Whether a commit is another one's ancestor, or the same; None where this clone cannot tell."""
        code = self._run("merge-base", "--is-ancestor", older, newer).returncode
        is_cut = code == 1 and (self._ask("rev-parse", "--is-shallow-repository") or "").strip() == "true"
        return None if code not in {0, 1} or is_cut else code == 0

    def is_touched(self, path: str, older: str, newer: str) -> bool:
        """Whether a file was changed between a commit and its descendant, though it may be as it was again."""
        return bool(self._ask("rev-list", "-1", "--full-history", f"{older}..{newer}", "--", f":(top,literal){path}"))

    def was_there(self, commit: str, place: str) -> bool:
        """Whether a file or folder was in this commit or one before it."""
        return bool(self._ask("rev-list", "-1", commit, "--", f":(top,literal){place}"))

    def uncommitted(self, place: str) -> list[str]:
        """Return the files that are not as the last commit has them."""
        where = f":(top,literal){place}"
        found = self._require("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", where)
        return [each[3:] for each in found.split("\0") if each]

    def remote(self) -> str | None:
        """Return where it was cloned from, as Git has it."""
        found = self._ask("remote", "get-url", "origin")
        return found.strip() if found else None

    def _ask(self, *arguments: str) -> str | None:
        """Return what Git says; None where it refuses."""
        done = self._run(*arguments)
        return done.stdout.decode(errors="surrogateescape") if done.returncode == 0 else None

    def _require(self, *arguments: str) -> str:
        return self._bytes(*arguments).decode(errors="surrogateescape")

    def _bytes(self, *arguments: str) -> bytes:
        done = self._run(*arguments)
        if done.returncode:
            raise CommandError(f"git {arguments[0]} failed: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        command = ["git", "-C", str(self._folder), *arguments]
        try:
            return subprocess.run(command, capture_output=True, check=False)  # noqa: S603 -- no shell, and paths after --
        except FileNotFoundError as error:
            raise CommandError("There is no git on this machine.", Exit.USAGE) from error
