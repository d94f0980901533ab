"""What a release takes from `$LATEST`, and what it leaves there.

`$LATEST` is a draft that everybody shares who may change the function: other environments, infrastructure as code, and
people. A release takes from it what no manifest can set. On a first deployment there is nothing else to take the rest
from.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from gantry.promotion.difference import Change, MaskedSettings, changes, group_of
from gantry.promotion.masking import Masking
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from gantry.targets.lambda_alias.lambda_target import LambdaTarget

# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
_CREATED = LambdaConfiguration(128, 3, 512, {}, [], None, [], "")
"""What a function of an image has that is created without any settings."""
_CREATED_OF_ZIP = LambdaConfiguration(128, 3, 512, {}, layers=[])
"""The same of a zip, besides what it cannot be created without."""
_SETTABLE = frozenset(each.name for each in fields(LambdaConfiguration)) - {"role"}
"""What a manifest can set."""


def taken_by_release(
    target: LambdaTarget,
    configuration: Mapping[str, Any],
    latest: FunctionState | None,
    masking: Masking,
    *,
    is_first: bool,
) -> MaskedSettings:
    """Return the settings that a release takes from the draft, masked.

    Args:
        target: the function and its alias.
        configuration: what the manifest configures.
        latest: the draft; None when the function has yet to be created.
        masking: makes what stands for their values.
        is_first: whether no version has the traffic of the alias.
    """
    draft = latest.masked(masking) if latest else _created(configuration, masking)
    wanted = LambdaConfiguration.of_manifest(configuration, target.role).masked(masking)
    given = {group_of(key) for key in wanted}
    settable = set() if is_first else _SETTABLE
    return {key: value for key, value in draft.items() if group_of(key) not in given | settable}


def _created(configuration: Mapping[str, Any], masking: Masking) -> MaskedSettings:
    """Return the settings of a function that has yet to be created. Only a zip's manifest gives a runtime."""
    created = _CREATED_OF_ZIP if "runtime" in configuration else _CREATED
    return {**created.masked(masking), **Infrastructure().masked(masking)}


def left_in_draft(
    target: LambdaTarget, latest: FunctionState, stable: FunctionState, masking: Masking
) -> tuple[Change, ...]:
    """Return what the draft has otherwise than the stable version, of what a manifest can set. No release takes it."""
    found = changes(stable.configuration.masked(masking), latest.configuration.masked(masking))
    return tuple(change for change in found if change.key != "role" or target.role)
