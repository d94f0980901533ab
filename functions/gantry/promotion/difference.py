"""What a release changes of a version's configuration, key by key and fit to be shown to people."""

from collections.abc import Mapping
from dataclasses import dataclass

from gantry.promotion.configuration import Configuration
from gantry.promotion.masking import mask_command, shown

Shown = Mapping[str, str]
"""A value by its key, as people may see it."""

_ENVIRONMENT = "environment"
_AS_THEY_ARE = ("memory_mb", "timeout_seconds", "ephemeral_storage_mb", "role")


@dataclass(frozen=True, slots=True)
class Change:
    """One key that has another value, or is there only before or only after."""

    key: str
    before: str | None
    """None: it was not there."""
    after: str | None
    """None: it is not there any more."""


def settings(configuration: Configuration) -> dict[str, str]:
    """The settings that are given, key by key: `{"memory_mb": "512", "environment.LOG_LEVEL": "INFO"}`.

    Environment variables and arguments that look like secrets are masked as `•••••• #a94f`. Those are the first four
    hex digits of a sha256 over name and value: enough to see that the value changed, too little to test guesses by.
    Very long ones are shortened, with the same four digits after them.
    That there shall be no variables at all is told as `{"environment": "none"}`.
    """
    values = {name: getattr(configuration, name) for name in _AS_THEY_ARE}
    found = {name: str(value) for name, value in values.items() if value is not None}
    if configuration.environment is not None:
        variables = configuration.environment.items()
        found |= {f"{_ENVIRONMENT}.{name}": shown(name, value) for name, value in variables} or {_ENVIRONMENT: "none"}
    if configuration.command is not None:
        found["command"] = mask_command(configuration.command)
    return found


def apply(known: Shown | None, given: Shown) -> dict[str, str]:
    """What a version has once the settings `given` were applied to one that had `known`, as far as that is known.

    Settings that are not given stay; environment variables, when given, replace all of them.
    """
    replaced = any(map(_is_of_environment, given))
    kept = {key: value for key, value in (known or {}).items() if not (replaced and _is_of_environment(key))}
    return kept | dict(given)


def changes(before: Shown, after: Shown) -> tuple[Change, ...]:
    """Every key whose value is another one, sorted by key."""
    keys = sorted(before.keys() | after.keys())
    return tuple(Change(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key))


def _is_of_environment(key: str) -> bool:
    return key.partition(".")[0] == _ENVIRONMENT
