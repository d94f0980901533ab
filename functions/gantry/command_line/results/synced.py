"""What `gantry manifest sync` says."""

from dataclasses import dataclass

from gantry.command_line.results.configuration import ConfigurationChange
from gantry.promotion.manifest_sync import SyncStep


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did, or with --dry-run would do."""

    bucket: str | None
    """None where a file has problems: then nothing was looked up."""
    repository: str | None
    """The address of the Git repository, https; None where it has none."""
    commit: str
    is_dry_run: bool
    manifests: tuple[SyncStep, ...]
    """One for each service, by its name."""
    problems: tuple[str, ...] = ()
    """What is wrong with the files, each with its path and line. If there is any, nothing is uploaded."""
    warnings: tuple[str, ...] = ()
    """What is to be changed although it is uploaded, each with its path and line: secrets."""
    configurations: tuple[ConfigurationChange, ...] = ()
    """With --promote, what came of each uploaded manifest's configuration."""

    @property
    def is_refused(self) -> bool:
        """Whether nothing may be written."""
        return bool(self.problems) or any(each.action == "refuse" for each in self.manifests)

    @property
    def is_different(self) -> bool:
        """Whether the bucket has not what the commit has, or had not."""
        return bool(self.problems) or any(each.action != "nothing" for each in self.manifests)

    @property
    def code(self) -> int:
        """The exit code."""
        return max([int(self.has_failed), *(each.code for each in self.configurations)])

    @property
    def has_failed(self) -> bool:
        """Whether the bucket is not as it was wanted."""
        pending = any(each.action in {"upload", "remove"} and not each.is_done for each in self.manifests)
        return self.is_refused or (pending and not self.is_dry_run)
