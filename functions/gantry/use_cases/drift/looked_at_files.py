"""One look at the files in Git that should say what is live in an environment. Nothing is written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from shlex import join

from gantry.git_hosts.github import GitHubRepository
from gantry.git_hosts.pull_requests import PullRequests
from gantry.promotion.drift.comparison import DriftDifference
from gantry.promotion.drift.on_its_way import is_on_its_way
from gantry.promotion.drift.report import CopyDrift
from gantry.promotion.drift.states import DriftState
from gantry.promotion.live import Live
from gantry.promotion.timestamps import readable
from gantry.promotion.write_back.editing import said
from gantry.promotion.write_back.key_path import key_path
from gantry.promotion.write_back.live_facts import facts_of, newest_of
from gantry.promotion.write_back.settings import Fact, WriteBack, WrittenFile
from gantry.use_cases.services import Services
from gantry.use_cases.write_back.writing import changed_files, own_branch


@dataclass(frozen=True, slots=True)
class FilesToCompare:
    """The files of one environment, and what the ledger says of it."""

    service: str
    environment: str
    write_back: WriteBack
    lives: tuple[Live, ...]
    """On the environment's targets; at least one."""
    manifest_path: str
    """Where the manifest is in Git, as far as anybody knows, for the command."""
    at: str
    """The moment. ISO 8601, UTC."""

    @property
    def target_id(self) -> str:
        """The files' name for people."""
        settings = self.write_back
        return f"git/{settings.repository}/{settings.branch}/{self.service}/{self.environment}"

    def found(self, state: DriftState, reason: str | None = None) -> CopyDrift:
        """Return how the files stand."""
        return CopyDrift(self.target_id, "git_file", self.environment, state, reason)

    def unknown(self, reason: str) -> CopyDrift:
        """Return files that could not be compared."""
        return self.found(DriftState.UNKNOWN, reason)

    def look(self, services: Services) -> CopyDrift:
        """Compare the files with what is live, as they are read to be written back.

        Raises:
            WrittenFileError: a file does not exist, cannot be read, or has not the one value.
            GantryError: GitHub did not say it; see `write_back.errors`.
        """
        live = newest_of(self.lives)
        if live is None:
            return self.found(DriftState.DEPLOYING, "Its targets run different releases, so Git can say none of them")
        settings = self.write_back
        files, repository = (
            settings.files_of(self.environment),
            services.git_repository(settings.repository, settings.mode),
        )
        facts, read = facts_of(live, files), _reader(repository, repository.head_of_base(settings.branch))
        if not changed_files(files, facts, read):
            return self.found(DriftState.SYNCED)
        differences = tuple(_differences(files, facts, read))
        if is_on_its_way(live.current.since, self.at):
            since = readable(live.current.since)
            waits = self.found(DriftState.DEPLOYING, f"It became live at {since}, and may be on its way to Git")
            return replace(waits, differences=differences)
        state, why = self._why(repository, facts)
        return replace(self.found(state, why), differences=differences, command=self._command(state))

    def _why(self, repository: GitHubRepository, facts: Mapping[Fact, str]) -> tuple[DriftState, str | None]:
        """Return what the difference is, and why it is there, as far as the repository tells."""
        settings, name = self.write_back, self.write_back.repository
        if settings.mode == "commit":
            if not repository.is_protected(settings.branch):
                return DriftState.OUT_OF_SYNC, None
            bypass = "let Gantry's App bypass its rules, or use mode: pull_request"
            return DriftState.OUT_OF_SYNC, f"{settings.branch} of {name} is protected. If that is why, {bypass}"
        branch = own_branch(self.service, self.environment)
        number = PullRequests(repository).number(branch, settings.branch)
        if number is None:
            return DriftState.OUT_OF_SYNC, f"No pull request of Gantry's from {branch} is open in {name}"
        there = repository.head(branch)
        if there and not changed_files(settings.files_of(self.environment), facts, _reader(repository, there)):
            return DriftState.DEPLOYING, f"Pull request {number} of {name} says it, and waits for people"
        return DriftState.OUT_OF_SYNC, f"Pull request {number} of {name} does not say it either"

    def _command(self, state: DriftState) -> str | None:
        if state is not DriftState.OUT_OF_SYNC:
            return None
        where = ["--repository", self.write_back.repository, "--environment", self.environment]
        return join(["gantry", "write-back", self.manifest_path, "--plan", *where])


def _reader(repository: GitHubRepository, commit: str) -> Callable[[str], bytes | None]:
    """Return what reads each file of a commit once."""
    return cache(lambda path: repository.read(path, commit))


def _differences(
    files: tuple[WrittenFile, ...], facts: Mapping[Fact, str], read: Callable[[str], bytes | None]
) -> Iterator[DriftDifference]:
    for file in files:
        for key, fact in file.keys.items():
            found = said(read(file.path), file.format, key_path(key))
            if found != facts[fact]:
                yield DriftDifference(f"{file.path}: {key}", facts[fact], found)
