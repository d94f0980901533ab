"""What `gantry manifest check` says."""

from dataclasses import dataclass

from gantry.command_line.results.found_problem import FoundProblem
from gantry.promotion.manifest_effect import ManifestEffect


@dataclass(frozen=True, slots=True)
class CheckedManifest:
    """One file."""

    path: str
    service: str | None
    """None where the file is no manifest."""
    problems: tuple[str, ...]
    """What is wrong with it, a line for each."""
    effect: ManifestEffect | None
    """What it changes; None without --effect, and where there are problems."""
    found: tuple[FoundProblem, ...] = ()
    """The problems once more, each with its line and its environment."""
    warnings: tuple[FoundProblem, ...] = ()
    """What may be meant otherwise: secrets in it, and regions that this version does not know. They stop nothing."""

    @property
    def is_bad(self) -> bool:
        """Whether it cannot be promoted as it is."""
        return bool(self.problems) or (self.effect is not None and self.effect.is_stopped)
