"""What a manifest changes of the configuration that is live on a target, whatever artifact runs there."""

from collections.abc import Mapping
from dataclasses import dataclass

from gantry.promotion.difference import Change, MaskedSettings, apply, changes


@dataclass(frozen=True, slots=True)
class KeptArtifact:
    """The artifact that an environment keeps, while its configuration changes."""

    digest: str
    tag: str | None
    changed: tuple[str, ...]
    """The settings that change on any of its targets, by key."""

    @property
    def name(self) -> str:
        """For people: its tag, or its digest where it has none."""
        return self.tag or self.digest


@dataclass(frozen=True, slots=True)
class ConfigurationPlan:
    """Which environments get a new configuration, and why others do not. Both are in the manifest's order."""

    kept: Mapping[str, KeptArtifact]
    """By environment, what goes on running."""
    left_out: Mapping[str, str]
    """By environment, why its configuration stays; in words, without a full stop."""

    @property
    def configuration_of(self) -> dict[str, str]:
        """What goes on running, by environment, as people call it."""
        return {name: artifact.name for name, artifact in self.kept.items()}

    @property
    def why_not(self) -> str:
        """Why no environment gets any."""
        return "no configuration differs from what is live: " + "; ".join(
            f"{name}: {why}" for name, why in self.left_out.items()
        )


def setting_changes(live: MaskedSettings, wanted: MaskedSettings) -> tuple[Change, ...]:
    """Return which settings of a target change. One that is not given any more stays as it is."""
    return changes(live, apply(live, wanted))
