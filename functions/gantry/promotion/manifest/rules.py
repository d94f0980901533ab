"""Check a manifest beyond the shape of single fields: repetitions, order, sums, and what must go together.

The rules look at what YAML read, right or wrong, so that one run reports their problems together with those of the
shape. A part of the wrong type is passed over here.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion import durations
from gantry.promotion.approver import identity
from gantry.promotion.manifest.approval_rules import approval_problems
from gantry.promotion.manifest.document import as_mapping, environments, list_at, repeated
from gantry.promotion.manifest.judge_rules import judge_problems
from gantry.promotion.manifest.messages import quoted
from gantry.promotion.manifest.model import LONGEST_BAKE
from gantry.promotion.manifest.override import shared_keys
from gantry.promotion.manifest.problem import Location, Problem
from gantry.promotion.manifest.query_rules import query_problems


def rule_problems(document: object) -> Iterator[Problem]:
    """Yield what is wrong whatever the artifact and the targets' kinds are; `document` is what YAML read."""
    top, found = as_mapping(document), environments(document)
    for location, scope in [((), top), *found]:
        yield from _scope_problems(location, scope)
    yield from repeated([((*location, "name"), each.get("name")) for location, each in found], "the environment")
    yield from approval_problems(shared_keys(top), found)
    yield from judge_problems(shared_keys(top), found)


def _scope_problems(location: Location, scope: Mapping[Any, Any]) -> Iterator[Problem]:
    """Check what may stand at the top as well as in an environment."""
    approval = as_mapping(scope.get("approval"))
    for key in ("approvers", "escalate_to"):
        people = [((*location, "approval", key, index), each) for index, each in enumerate(list_at(approval, key))]
        yield from repeated(people, "the approver", same=identity)
    alarms = [((*location, "alarms", index), each) for index, each in enumerate(list_at(scope, "alarms"))]
    yield from repeated(alarms, "the alarm")
    yield from query_problems(location, scope)
    steps = [as_mapping(each) for each in list_at(scope, "traffic")]
    yield from _falling_weights((*location, "traffic"), steps)
    yield from _long_bake((*location, "traffic"), steps)


def _falling_weights(location: Location, steps: list[Mapping[Any, Any]]) -> Iterator[Problem]:
    before: int | None = None
    for index, step in enumerate(steps):
        weight = step.get("weight")
        if not isinstance(weight, int):
            continue
        if before is not None and weight <= before:
            message = f"{quoted(weight)} is not above the {quoted(before)} of the step before; give weights that rise"
            yield Problem((*location, index, "weight"), message)
        before = weight


def _long_bake(location: Location, steps: list[Mapping[Any, Any]]) -> Iterator[Problem]:
    bakes = [step["bake"] for step in steps if re.fullmatch(durations.PATTERN, str(step.get("bake")))]
    total = sum(durations.seconds(bake) for bake in bakes)
    if total > LONGEST_BAKE:
        longest = durations.text(LONGEST_BAKE)
        yield Problem(location, f"the bakes together take {durations.text(total)}; give {longest} at most")
