"""What a release changes of a revision's configuration, key by key and fit to be shown to people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gantry.promotion.masking import shown

MaskedSettings = Mapping[str, str]
"""What stands for a value, as `masking` makes it, by its key. What is before the first dot of a key is its group."""


@dataclass(frozen=True, slots=True)
class Change:
    """One key that has another value, or is there only before or only after."""

    key: str
    before: str | None
    """None: it was not there."""
    after: str | None
    """None: it is not there any more."""

    def for_people(self) -> "Change":
        """Return it with what people may see of the values. Both may look the same."""
        before, after = (each and shown(each) for each in (self.before, self.after))
        return replace(self, before=before, after=after)


def apply(known: MaskedSettings | None, given: MaskedSettings) -> dict[str, str]:
    """Return what a revision has once the settings `given` were applied to one that had `known`.

    Settings that are not given stay. A group, when given, is replaced as a whole.
    """
    replaced = {group_of(key) for key in given}
    kept = {key: value for key, value in (known or {}).items() if group_of(key) not in replaced}
    return kept | dict(given)


def changes(before: MaskedSettings, after: MaskedSettings) -> tuple[Change, ...]:
    """Return every key whose value is another one, sorted by key."""
    keys = sorted(before.keys() | after.keys())
    return tuple(Change(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key))


def group_of(key: str) -> str:
    """Return the group of a key: `environment` for `environment.LOG_LEVEL`."""
    return key.partition(".")[0]
