"""Which settings of functions go into the manifest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gantry.command_line.adoption.found_function import FoundFunction
from gantry.command_line.adoption.variables import secret_names, without_secrets
from gantry.promotion.masking import is_hidden_command
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.package_types import ZIP

_ALWAYS = ("memory_mb", "timeout_seconds", "ephemeral_storage_mb")
_OF_IMAGES = ("command", "entry_point", "working_directory")
_OF_ZIPS = ("runtime", "handler", "layers")


@dataclass(frozen=True, slots=True)
class SharedSettings:
    """What an environment's `configuration` has."""

    given: Mapping[str, Any]
    differing: tuple[str, ...]
    """Settings that the targets do not share: they stay as each live version has them."""
    hidden: tuple[str, ...]
    """Settings that look like secrets: they stay as the live version has them."""
    withheld: tuple[str, ...]
    """The variables because of which no variables are given."""
    shown: Mapping[str, str]
    """The other variables then."""


def shared_settings(targets: Sequence[FoundFunction]) -> SharedSettings:
    """Return the settings that all targets of an environment have. A manifest has one value for all of them."""
    all_given = [_given(each.in_use.configuration, each.latest.package_type) for each in targets]
    variables = [each.in_use.configuration.environment or {} for each in targets]
    first = all_given[0] | {"environment": dict(sorted(variables[0].items()))}
    every = [given | {"environment": dict(own)} for given, own in zip(all_given, variables, strict=True)]
    names = dict.fromkeys(name for each in every for name in each)
    differing = [name for name in names if any(each.get(name) != first.get(name) for each in every)]
    withheld = sorted({name for own in variables for name in secret_names(own)})
    hidden = [
        name for name in ("command", "entry_point") if any(is_hidden_command(each.get(name, ())) for each in every)
    ]
    is_unknown = any(each.variables_error for each in targets)
    left_out = {*differing, *hidden, *(("environment",) if withheld or is_unknown or not variables[0] else ())}
    return SharedSettings(
        given={name: value for name, value in first.items() if name not in left_out},
        differing=tuple(differing),
        hidden=tuple(hidden),
        withheld=tuple(withheld),
        shown=without_secrets(variables[0]) if withheld and "environment" not in differing else {},
    )


def _given(configuration: LambdaConfiguration, package_type: str) -> dict[str, Any]:
    """Return what is set. What overrides the image, and layers, are left out where there is nothing."""
    others = _OF_ZIPS if package_type == ZIP else _OF_IMAGES
    values = {name: getattr(configuration, name) for name in (*_ALWAYS, *others)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}
