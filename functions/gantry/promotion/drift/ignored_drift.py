"""What a manifest lets others change: `drift: {ignore: [configuration.memory_mb]}`."""

from dataclasses import dataclass

CONFIGURATION = "configuration"
"""The group of all settings of a revision. Where the traffic goes, and to which artifact, cannot be ignored."""
MOST_IGNORED = 50
"""Names in a manifest."""


@dataclass(frozen=True, slots=True)
class IgnoredDrift:
    """The settings whose differences do not count."""

    names: tuple[str, ...] = ()
    """Each `configuration`, or `configuration.` and a setting or a group of settings as a report has it."""

    def has(self, what: str) -> bool:
        """Whether a difference is ignored: it is named itself, or the group that it is in."""
        return any(what == name or what.startswith(f"{name}.") for name in self.names)


NOTHING_IGNORED = IgnoredDrift()
