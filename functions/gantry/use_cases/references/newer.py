"""Compare what a live revision refers to with what is there now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gantry.promotion.references.reference import ReadText, read

if TYPE_CHECKING:
    from gantry.promotion.live import Live
    from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """A setting of a live revision that refers to a version which is not the newest, or to nothing any more."""

    setting: str
    """Its key: `environment.URL`."""
    live: ReadText
    newest: str | None
    """None: there is none."""
    problem: str | None = None
    """Why there is none, and what to do."""

    @property
    def found(self) -> str | None:
        """For people: what is there now."""
        return ReadText(self.live.reference, self.newest).words if self.newest else None


def reference_changes(live: "Live", services: "Services") -> tuple[ReferenceChange, ...]:
    """Return each setting of what is live on a target that refers to something else than what is there now.

    Raises:
        TargetAccessError: the workload account does not say what is there.
    """
    texts = dict(_references(live.current.configuration or {}))
    if not texts:
        return ()
    found = services.referenced_versions(live.target).find(each.reference for each in texts.values())
    return tuple(
        ReferenceChange(setting, text, newest, found.problems.get(text.reference))
        for setting, text in texts.items()
        if (newest := found.versions.get(text.reference)) != text.version
    )


def _references(configuration: Mapping[str, str]) -> Iterator[tuple[str, ReadText]]:
    for setting, stored in configuration.items():
        if text := read(stored):
            yield setting, text
