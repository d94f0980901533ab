"""Check what a manifest says about needs beyond single fields: what goes together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gantry.promotion.aws_partition import partition_of
from gantry.promotion.manifest.document import as_mapping, environments, list_at
from gantry.promotion.manifest.problem import Location, Problem

_LONGEST = "us-gov-east-1"
_PARAMETER = f"arn:{partition_of(_LONGEST).name}:ssm:{_LONGEST}:444444444444:parameter"
_STACK = f"arn:{partition_of(_LONGEST).name}:cloudformation:{_LONGEST}:444444444444:stack//*"
"""What a session's policy has beside a name, where regions' and partitions' names are the longest."""
_ROOM = 1_750
"""Characters for all of them. STS takes 2,048 of a policy, which has statements around them:
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""


def need_problems(document: object) -> Iterator[Problem]:
    """Yield what is wrong with needs. Takes anything that YAML reads."""
    for location, scope in [((), as_mapping(document)), *environments(document)]:
        for index, each in enumerate(list_at(scope, "needs")):
            yield from _problems((*location, "needs", index), as_mapping(each))
        yield from _too_long((*location, "needs"), list_at(scope, "needs"))


def _too_long(at: Location, needs: Iterable[object]) -> Iterator[Problem]:
    """Yield the needs of one environment if no session could name them all."""
    given = [as_mapping(each) for each in needs]
    parameters = {f"{_PARAMETER}/{str(each['parameter']).lstrip('/')}" for each in given if each.get("parameter")}
    stacks = {f"{_STACK}{each['stack']}" for each in given if each.get("stack")}
    length = sum(len(each) + len('"",') for each in parameters | stacks)
    if length > _ROOM:
        yield Problem(
            at,
            f"the names are too long together, by {length - _ROOM} characters: Gantry looks at them by a session whose "
            "policy names each, and AWS STS bounds that; give fewer needs, or shorter names",
        )


def _problems(at: Location, need: Mapping[Any, Any]) -> Iterator[Problem]:
    given = {key for key in ("parameter", "stack", "output", "at_least", "equals") if need.get(key) is not None}
    if {"parameter", "stack"} <= given:
        yield Problem(at, "it has parameter as well as stack; give one of them, and another need for the other one")
    elif "parameter" in given and "output" in given:
        yield Problem((*at, "output"), "a parameter has no output; leave it out, or give stack in place of parameter")
    elif "stack" in given and "output" not in given:
        yield Problem((*at, "output"), "missing; give the name of one of the stack's outputs, like QueueUrl")
    elif not given & {"parameter", "stack"} and need:
        yield Problem(at, "nothing is named; give parameter, or stack and output")
    if {"at_least", "equals"} <= given:
        yield Problem(at, "it has at_least as well as equals; give one of them, or neither if it only has to be there")
