"""What one task definition has otherwise than another one, in words without values that may be secrets.

ECS returns variables and secrets in no certain order, and what was left out as an empty list or not at all:
https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecs/container_definitions.go
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.masking import hidden_command, hidden_value

_SHOWN = frozenset({"cpu", "memory", "image", "taskRoleArn", "executionRoleArn", "networkMode", "family"})
"""Settings whose values say much and are no secrets."""
_BY_NAME = ("environment", "secrets")


def differences(wanted: Mapping[str, Any], has: Mapping[str, Any]) -> list[str]:
    """Return one line for each setting that differs between two documents: `cpu: 256, not 512`."""
    found = list(_differing({**wanted, _CONTAINERS: None}, {**has, _CONTAINERS: None}, ""))
    theirs, ours = (_by_name(each.get(_CONTAINERS)) for each in (has, wanted))
    for name in dict.fromkeys([*ours, *theirs]):
        if name not in theirs or name not in ours:
            found.append(f"container {name}: {'missing' if name in ours else 'not asked for'}")
            continue
        found.extend(_differing(ours[name], theirs[name], f"container {name}: "))
    return found


_CONTAINERS = "containerDefinitions"


def _differing(wanted: Mapping[str, Any], has: Mapping[str, Any], before: str) -> Iterator[str]:
    for name in sorted(wanted.keys() | has.keys()):
        ours, theirs = wanted.get(name), has.get(name)
        if _comparable(ours) == _comparable(theirs):
            continue
        if name in _BY_NAME:
            yield f"{before}{name}: {_variables(_by_name(ours), _by_name(theirs))}"
        elif name in _SHOWN:
            yield f"{before}{name}: {_shown(name, theirs)}, not {_shown(name, ours)}"
        elif name == "command":
            yield f"{before}{name}: {hidden_command(theirs or ())}, not {hidden_command(ours or ())}"
        else:
            yield f"{before}{name}: not as asked for"


def _comparable(value: object) -> object:
    """Return what is equal for equal settings: nothing for what is empty, and lists of mappings in one order."""
    if isinstance(value, Mapping):
        found = {name: _comparable(each) for name, each in value.items()}
        return {name: each for name, each in found.items() if each is not None} or None
    if isinstance(value, list | tuple):
        items = [_comparable(each) for each in value]
        of_mappings = any(isinstance(each, Mapping) for each in items)
        return (sorted(items, key=_as_text) if of_mappings else items) or None
    return value


def _as_text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _by_name(items: Any) -> dict[str, Any]:  # noqa: ANN401 -- of any JSON
    return {each["name"]: each for each in items or ()}


def _shown(name: str, value: object) -> str:
    return "none" if value is None else hidden_value(name, str(value))


def _variables(wanted: Mapping[str, Any], has: Mapping[str, Any]) -> str:
    """Return the names of the variables that differ, without their values."""
    groups = {
        "missing": sorted(wanted.keys() - has.keys()),
        "not asked for": sorted(has.keys() - wanted.keys()),
        "with another value": sorted(name for name in wanted.keys() & has.keys() if wanted[name] != has[name]),
    }
    return "; ".join(f"{' '.join(names)} {what}" for what, names in groups.items() if names)
