"""Check what a manifest says about needs beyond single fields: what goes together."""

from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.manifest.document import as_mapping, environments, list_at
from gantry.promotion.manifest.problem import Location, Problem


def need_problems(document: object) -> Iterator[Problem]:
    """Yield what is wrong with needs. Takes anything that YAML reads."""
    for location, scope in [((), as_mapping(document)), *environments(document)]:
        for index, each in enumerate(list_at(scope, "needs")):
            yield from _problems((*location, "needs", index), as_mapping(each))


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
