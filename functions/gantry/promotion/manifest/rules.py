"""What is wrong with a manifest beyond the shape of single fields: repetitions, order, sums, and what must go together.

The rules look at what YAML read, right or wrong, so that they find their problems together with the shape's problems;
what has the wrong shape they pass over.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion import durations
from gantry.promotion.approver import identity
from gantry.promotion.manifest.approval_rules import approval_problems
from gantry.promotion.manifest.messages import path, show
from gantry.promotion.manifest.model import LONGEST_BAKE, SharedKeys
from gantry.promotion.manifest.override import written_out
from gantry.promotion.manifest.paths import Place, listed, mapping, repeated

LARGEST_ENVIRONMENT = 4096
"""Bytes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#function-configuration-deployment-and-execution"""

_TARGET = ("account", "region", "function", "alias")


def rule_problems(document: object, repository: str | None) -> Iterator[str]:
    """One line for each: the field's path, what is wrong and what would be right.

    Args:
        document: what YAML read.
        repository: what the manifest's key in the bucket says it is for; None when it has no key yet.
    """
    top = mapping(document)
    environments = [(("environments", index), mapping(each)) for index, each in enumerate(listed(top, "environments"))]
    targets = [
        ((*place, "targets", index), mapping(each))
        for place, environment in environments
        for index, each in enumerate(listed(environment, "targets"))
    ]
    yield from _wrong_repository(top.get("repository"), repository)
    for place, scope in [((), top), *environments]:
        yield from _shared(place, scope)
    yield from repeated([((*place, "name"), each.get("name")) for place, each in environments], "the environment")
    yield from repeated([(place, _target(each)) for place, each in targets], "the target")
    for place, target in targets:
        yield from _role_elsewhere(place, target)
    shared = {key: top[key] for key in SharedKeys.model_fields if key in top}
    yield from approval_problems(shared, environments)
    for place, environment in environments:
        yield from _large_environment(place, written_out(shared, environment))


def _wrong_repository(given: object, wanted: str | None) -> Iterator[str]:
    if wanted is not None and isinstance(given, str) and given != wanted:
        yield f"repository: {show(given)} does not belong into services/{wanted}.yaml; give {wanted} or rename it"


def _shared(place: Place, scope: Mapping[Any, Any]) -> Iterator[str]:
    """What may stand at the top as well as in an environment."""
    approval = mapping(scope.get("approval"))
    for key in ("approvers", "escalate_to"):
        people = [((*place, "approval", key, i), each) for i, each in enumerate(listed(approval, key))]
        yield from repeated(people, "the approver", same=identity)
    alarms = [((*place, "alarms", i), each) for i, each in enumerate(listed(scope, "alarms"))]
    yield from repeated(alarms, "the alarm")
    steps = [mapping(each) for each in listed(scope, "traffic")]
    yield from _falling_weights((*place, "traffic"), steps)
    yield from _long_bake((*place, "traffic"), steps)


def _falling_weights(place: Place, steps: list[Mapping[Any, Any]]) -> Iterator[str]:
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


def _long_bake(place: Place, steps: list[Mapping[Any, Any]]) -> Iterator[str]:
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


def _role_elsewhere(place: Place, target: Mapping[Any, Any]) -> Iterator[str]:
    account, role = target.get("account"), target.get("role")
    match = re.match(r"arn:aws:iam::([0-9]{12}):", role) if isinstance(role, str) else None
    if match and isinstance(account, str) and match[1] != account:
        yield f"{path((*place, 'role'))}: the role is in account {match[1]}; give one in the target's account {account}"


def _large_environment(place: Place, environment: Mapping[str, Any]) -> Iterator[str]:
    """Variables that are too many only once the environment has what it shares."""
    given = mapping(mapping(environment.get("configuration")).get("environment"))
    variables = {name: value for name, value in given.items() if isinstance(name, str) and isinstance(value, str)}
    # As Lambda measures it: its refusal quotes the variables as a JSON object ("String measured: …").
    size = len(json.dumps(variables, ensure_ascii=False, separators=(",", ":")).encode())
    if size > LARGEST_ENVIRONMENT:
        yield (
            f"{path((*place, 'configuration', 'environment'))}: the variables have {size} bytes with what is shared; "
            f"AWS Lambda takes {LARGEST_ENVIRONMENT} at most"
        )
