"""What is wrong with a manifest beyond the shape of single fields: repetitions, order, sums, and what must go together.

The rules look at what YAML read, right or wrong, so that they find their problems together with the shape's problems;
what has the wrong shape they pass over.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from promotion import durations
from promotion.manifest.keys import LONGEST_BAKE, SharedKeys
from promotion.manifest.override import written_out
from promotion.manifest.words import path, show

LARGEST_ENVIRONMENT = 4096
"""Bytes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#function-configuration-deployment-and-execution"""

_TARGET = ("account", "region", "function", "alias")
_Place = tuple[str | int, ...]


def rule_problems(document: object, repository: str | None) -> Iterator[str]:
    """One line for each: the field's path, what is wrong and what would be right.

    Args:
        document: what YAML read.
        repository: what the manifest's key in the bucket says it is for; None when it has no key yet.
    """
    top = _mapping(document)
    environments = [(("environments", index), _mapping(each)) for index, each in enumerate(_list(top, "environments"))]
    targets = [
        ((*place, "targets", index), _mapping(each))
        for place, environment in environments
        for index, each in enumerate(_list(environment, "targets"))
    ]
    yield from _wrong_repository(top.get("repository"), repository)
    for place, scope in [((), top), *environments]:
        yield from _shared(place, scope)
    yield from _repeated([((*place, "name"), each.get("name")) for place, each in environments], "the environment")
    yield from _repeated([(place, _target(each)) for place, each in targets], "the target")
    for place, target in targets:
        yield from _role_elsewhere(place, target)
    shared = {key: top[key] for key in SharedKeys.model_fields if key in top}
    for place, environment in environments:
        yield from _written_out(place, written_out(shared, environment))


def _wrong_repository(given: object, wanted: str | None) -> Iterator[str]:
    if wanted is not None and isinstance(given, str) and given != wanted:
        yield f"repository: {show(given)} does not belong into services/{wanted}.yaml; give {wanted} or rename it"


def _shared(place: _Place, scope: Mapping[Any, Any]) -> Iterator[str]:
    """What may stand at the top as well as in an environment."""
    approvers, alarms = (*place, "approval", "approvers"), (*place, "alarms")
    addresses = enumerate(_list(_mapping(scope.get("approval")), "approvers"))
    yield from _repeated([((*approvers, i), each) for i, each in addresses], "the approver", same=str.casefold)
    yield from _repeated([((*alarms, i), each) for i, each in enumerate(_list(scope, "alarms"))], "the alarm")
    steps = [_mapping(each) for each in _list(scope, "traffic")]
    yield from _falling_weights((*place, "traffic"), steps)
    yield from _long_bake((*place, "traffic"), steps)


def _repeated(names: Iterable[tuple[_Place, object]], what: str, same: Callable[[str], str] = str) -> Iterator[str]:
    first: dict[str, _Place] = {}
    for place, name in names:
        if isinstance(name, str) and (earlier := first.setdefault(same(name), place)) != place:
            yield f"{path(place)}: {what} {show(name)} is already at {path(earlier)}; give each one once"


def _falling_weights(place: _Place, steps: list[Mapping[Any, Any]]) -> Iterator[str]:
    before: int | None = None
    for index, step in enumerate(steps):
        weight = step.get("weight")
        if not isinstance(weight, int):
            continue
        if before is not None and weight <= before:
            yield (
                f"{path((*place, index, 'weight'))}: {show(weight)} does not rise above the {show(before)} of the step "
                "before; give weights that rise"
            )
        before = weight


def _long_bake(place: _Place, steps: list[Mapping[Any, Any]]) -> Iterator[str]:
    bakes = [step["bake"] for step in steps if re.fullmatch(durations.PATTERN, str(step.get("bake")))]
    total = sum(durations.seconds(bake) for bake in bakes)
    if total > LONGEST_BAKE:
        yield (
            f"{path(place)}: the steps bake {durations.text(total)} in all; give {durations.text(LONGEST_BAKE)} at most"
        )


def _target(target: Mapping[Any, Any]) -> str | None:
    """What makes two targets the same, as `Target.id`."""
    parts = [target[key] for key in _TARGET if isinstance(target.get(key), str)]
    return "/".join(parts) if len(parts) == len(_TARGET) else None


def _role_elsewhere(place: _Place, target: Mapping[Any, Any]) -> Iterator[str]:
    account, role = target.get("account"), target.get("role")
    match = re.match(r"arn:aws:iam::([0-9]{12}):", role) if isinstance(role, str) else None
    if match and isinstance(account, str) and match[1] != account:
        yield f"{path((*place, 'role'))}: the role is in account {match[1]}; give one in the target's account {account}"


def _written_out(place: _Place, environment: Mapping[str, Any]) -> Iterator[str]:
    """What can only be seen once the environment has what it shares."""
    approval = environment.get("approval")
    if isinstance(approval, dict) and "approvers" not in approval:
        yield (
            f"{path((*place, 'approval', 'approvers'))}: missing; give at least one mail address here or at the top, "
            "or approval: null to ask nobody"
        )
    given = _mapping(_mapping(environment.get("configuration")).get("environment"))
    variables = {name: value for name, value in given.items() if isinstance(name, str) and isinstance(value, str)}
    # As Lambda measures it: its refusal quotes the variables as a JSON object ("String measured: …").
    size = len(json.dumps(variables, ensure_ascii=False, separators=(",", ":")).encode())
    if size > LARGEST_ENVIRONMENT:
        yield (
            f"{path((*place, 'configuration', 'environment'))}: the variables have {size} bytes with what is shared; "
            f"AWS Lambda takes {LARGEST_ENVIRONMENT} at most"
        )


def _mapping(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(holder: Mapping[Any, Any], key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []
