"""How an environment overrides what stands at the top for all of them."""

from collections.abc import Mapping
from typing import Any

from gantry.promotion.manifest.model import SharedKeys
from gantry.promotion.manifest.problem import Location

_MERGED_LEVELS = {"configuration": 2, "approval": 1}
"""How many levels of a key are merged. `configuration` has two, so that variables are merged name by name.

Everything else that an environment gives replaces what is shared, null included. That is how an environment takes
something back: null where a field may be null, and an empty list for a list. Any other field refuses null everywhere.
"""


def shared_keys(top: Mapping[Any, Any]) -> dict[str, Any]:
    """Return those of the manifest's top keys that environments share."""
    return {key: top[key] for key in SharedKeys.model_fields if key in top}


def written_out(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the environment as it would be written if nothing were shared. Takes anything that YAML reads.

    Args:
        shared: the manifest's top keys that environments may share.
        own: the environment's own keys.
    """
    merged = {key: _merge(shared.get(key), own[key], levels) for key, levels in _MERGED_LEVELS.items() if key in own}
    return {**shared, **own, **merged}


def holder(environment: Location, own: Mapping[Any, Any], *keys: str) -> Location:
    """Return where keys that conflict should be fixed: in the environment if that gives one, otherwise at the top.

    Args:
        environment: where the environment stands.
        own: those of the keys that the environment itself gives.
        keys: the conflicting keys.
    """
    return environment if any(key in own for key in keys) else ()


def _merge(below: object, above: object, levels: int) -> object:
    """Return `above` over `below`: key by key where both are mappings and a level is left."""
    if levels == 0 or not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: _merge(below.get(key), value, levels - 1) for key, value in above.items()}
