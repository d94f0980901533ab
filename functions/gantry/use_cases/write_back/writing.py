"""Bring the files of one environment up to date: by a commit, or by a pull request that waits for people."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from gantry.git_hosts.github import GitHubRepository
from gantry.git_hosts.pull_requests import Proposal, PullRequests
from gantry.promotion.write_back.editing import edited
from gantry.promotion.write_back.errors import GitBranchMovedError, WrittenFileError
from gantry.promotion.write_back.key_path import key_path
from gantry.promotion.write_back.message import CommitMessage
from gantry.promotion.write_back.settings import Fact, WriteBack, WrittenFile

_TRIES = 12
"""Commits onto a branch that others write to as well. 12 writers at once need 6 of them at most."""

Outcome = Literal["nothing to do", "committed", "proposed"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an environment's files should say."""

    service: str
    environment: str
    write_back: WriteBack
    facts: Mapping[Fact, str]
    message: CommitMessage


@dataclass(frozen=True, slots=True)
class Written:
    """What became of it."""

    outcome: Outcome
    reference: str = ""
    """The commit, or the pull request's number."""


def write(repository: GitHubRepository, wanted: Wanted) -> Written:
    """Let Git say what is live.

    Raises:
        WrittenFileError: a file cannot be changed.
        GitBranchMovedError: others were faster each time.
        GitBranchNotFoundError, GitBranchProtectedError, GitRightsError, GitRefusedError, GitBusyError,
            GitRepositoryNotFoundError, GitUnreachableError: see there.
    """
    if wanted.write_back.mode == "pull_request":
        return _propose(repository, wanted)
    return _commit(repository, wanted)


def changed_files(
    files: Sequence[WrittenFile], facts: Mapping[Fact, str], read: Callable[[str], bytes | None]
) -> dict[str, bytes]:
    """Return the files that do not say yet what they should, as they should be.

    Raises:
        WrittenFileError: one cannot be changed. The message begins with its path.
    """
    after: dict[str, bytes] = {}
    before: dict[str, bytes | None] = {}
    for file in files:
        try:
            if file.path not in before:
                before[file.path] = read(file.path)
            values = {key_path(key): facts[fact] for key, fact in file.keys.items()}
            after[file.path] = edited(after.get(file.path, before[file.path]), file.format, values)
        except WrittenFileError as error:
            raise WrittenFileError(f"{file.path}: {error}") from error
    return {path: content for path, content in after.items() if content != before[path]}


def own_branch(service: str, environment: str) -> str:
    """Return the branch of the pull request of a service and environment.

    It has three parts always, because Git has no branch `a/b` beside `a/b/c`. Of a name that no branch may have, a
    hash keeps it apart from others.
    """
    plain = re.sub(r"[^a-z0-9_-]+", "-", service.lower()).strip("-")
    name = plain if plain == service else f"{plain}-{sha256(service.encode()).hexdigest()[:8]}"
    return f"gantry/{environment}/{name}"


def _changed(repository: GitHubRepository, wanted: Wanted, head: str) -> dict[str, bytes]:
    files = wanted.write_back.files_of(wanted.environment)
    return changed_files(files, wanted.facts, lambda path: repository.read(path, head))


def _commit(repository: GitHubRepository, wanted: Wanted) -> Written:
    branch = wanted.write_back.branch
    tries = 0
    while True:
        head = repository.head_of_base(branch)
        files = _changed(repository, wanted, head)
        if not files:
            return Written("nothing to do")
        try:
            return Written("committed", repository.commit(branch, head, files, wanted.message))
        except GitBranchMovedError:
            tries += 1
            if tries == _TRIES:
                raise


def _propose(repository: GitHubRepository, wanted: Wanted) -> Written:
    base, own = wanted.write_back.branch, own_branch(wanted.service, wanted.environment)
    head = repository.head_of_base(base)
    pulls = PullRequests(repository)
    files = _changed(repository, wanted, head)
    if not files:
        pulls.withdraw(own, base)
        return Written("nothing to do")
    return Written("proposed", str(pulls.propose(Proposal(own, base, head, files, wanted.message))))
