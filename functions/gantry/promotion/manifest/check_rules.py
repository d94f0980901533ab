"""Check what a manifest says about checks beyond single fields: what goes together, and with which targets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gantry.promotion.manifest.document import as_mapping, environments, list_at
from gantry.promotion.manifest.kinds import Schemas, own_keys, schema_of, schemas_of
from gantry.promotion.manifest.messages import quoted
from gantry.promotion.manifest.override import shared_keys, written_out
from gantry.promotion.manifest.problem import Location, Problem
from gantry.promotion.manifest.shape import shape_problems
from gantry.promotion.manifest.target_schema import TargetSchema
from gantry.promotion.target import Target

_WAYS = ("invoke", "function", "codebuild", "run_task")
_REGION, _ACCOUNT, _NAME = 3, 4, 7
"""Where in the ARN of a function its parts stand."""


def check_problems(document: object, schemas: Schemas) -> Iterator[Problem]:
    """Yield what is wrong with checks. Takes anything that YAML reads."""
    top, found = as_mapping(document), environments(document)
    for location, scope in [((), top), *found]:
        for index, check in enumerate(list_at(scope, "before_traffic")):
            yield from _wrong_parts((*location, "before_traffic", index), as_mapping(check))
    for location, environment in found:
        yield from _environment_problems(location, written_out(shared_keys(top), environment), schemas)


def _wrong_parts(location: Location, check: Mapping[Any, Any]) -> Iterator[Problem]:
    given = [way for way in _WAYS if check.get(way) is not None]
    if check and len(given) != 1:
        many = f"{' and '.join(given)} are given together" if given else "it checks nothing"
        yield Problem(location, f"{many}; give exactly one of {', '.join(_WAYS)}")
    elif given == ["invoke"] and check.get("within") is not None:
        message = "invocations take as long as the version's own time-out lets them; leave it out"
        yield Problem((*location, "within"), message)


def _environment_problems(location: Location, written: Mapping[str, Any], schemas: Schemas) -> Iterator[Problem]:
    """Check an environment with what is shared."""
    given = list_at(written, "targets")
    targets = [each for each in (_target(one, schemas) for one in given) if each]
    checks = [as_mapping(each) for each in list_at(written, "before_traffic")]
    for index, check in enumerate(checks):
        function = check.get("function")
        if isinstance(function, str) and function.count(":") >= _NAME - 1:
            yield from _unreachable((*location, "before_traffic", index, "function"), function, targets)
    yield from _impossible(location, written, checks, schemas_of(given, schemas))


def _impossible(
    location: Location,
    written: Mapping[str, Any],
    checks: Sequence[Mapping[Any, Any]],
    kinds: Iterable[TargetSchema],
) -> Iterator[Problem]:
    """Find checks that some of the targets cannot have."""
    tasks = [(*location, "before_traffic", at, "run_task") for at, check in enumerate(checks) if check.get("run_task")]
    places: list[tuple[Location, object]] = [((*location, "during_bake"), written.get("during_bake"))]
    places += [((*location, "before_traffic", at, "invoke"), check.get("invoke")) for at, check in enumerate(checks)]
    for kind in kinds:
        for place in tasks if not kind.runs_tasks else ():
            message = (
                f"targets of the kind {kind.kind} run no tasks; check them by function or codebuild, or give those "
            )
            yield Problem(place, f"{message}that do an environment of their own")
        for place, invocation in places:
            if invocation is not None and not kind.can_be_invoked:
                yield Problem(place, f"targets of the kind {kind.kind} cannot be invoked directly; leave it out")


def _unreachable(location: Location, function: str, targets: list[Target]) -> Iterator[Problem]:
    """A session is for one target's account. It may call a function in another of its regions."""
    parts = function.split(":")
    account, region, name = parts[_ACCOUNT], parts[_REGION], ":".join(parts[:_NAME])
    for target in targets:
        if target.account != account:
            message = f"the function is in account {account}, and the target {quoted(target.id)} is not"
            yield Problem(location, f"{message}; give one in every target's account, or split the environment")
        elif f"{target.arn}:".startswith(f"{name}:"):
            yield Problem(location, f"the target {quoted(target.id)} is this function; give another one, or invoke")
    regions = list(dict.fromkeys(target.region for target in targets))
    if regions and region not in regions:
        yield Problem(location, f"the function is in {region}; give one in {' or '.join(regions)}")


def _target(given: object, schemas: Schemas) -> Target | None:
    schema = schema_of(given, schemas)
    if schema is None or not isinstance(given, dict):
        return None
    keys = own_keys(given)
    return None if any(shape_problems(schema.target_keys, keys)) else schema.target(keys)
