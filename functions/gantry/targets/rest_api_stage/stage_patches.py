"""The operations of one UpdateStage that send the traffic elsewhere. They name only what differs.

What `copy` means, and that only `replace` makes a canary: https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html
and https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from collections.abc import Iterator, Mapping, Sequence

from gantry.promotion.errors import IncompatibleTargetError
from gantry.promotion.traffic import Routing
from gantry.targets.rest_api_stage.revision import StageRevision
from gantry.targets.rest_api_stage.stage_state import StageState

Operation = dict[str, str]

_CANARY = "/canarySettings"
_OVERRIDES = f"{_CANARY}/stageVariableOverrides"


REMOVE_CANARY: Operation = {"op": "remove", "path": _CANARY}
"""Removes a canary with all that belongs to it."""


def in_two(operations: Sequence[Operation]) -> tuple[list[Operation], list[Operation]] | None:
    """Return operations as two patches, in which the canary is removed alone; None when that makes no difference.

    On AWS these were recorded only apart. A promotion comes before the removal, so that no request goes to the old
    deployment meanwhile. On the way back the removal comes first, because it is what takes the traffic back.
    """
    rest = [each for each in operations if each != REMOVE_CANARY]
    if not rest or len(rest) == len(operations):
        return None
    is_promotion = any(each["op"] == "copy" for each in rest)
    return (rest, [REMOVE_CANARY]) if is_promotion else ([REMOVE_CANARY], rest)


def operations_for(found: StageState, wanted: Routing, mark: str) -> list[Operation]:
    """Return the operations that make a stage route as wanted, and give it a new mark.

    Args:
        found: the stage as it was read.
        wanted: where the traffic should go; to one other revision at most.
        mark: the name of the variable that tells this write apart.

    Raises:
        IncompatibleTargetError: a canary would have to lack a variable that the stage has.
    """
    revision = StageRevision.named(wanted.revision)
    canary = next(iter(wanted.weights), None)
    if canary is None and found.canary is not None and found.canary_revision == revision != found.primary:
        moves = list(_promotion(found))
    else:
        moves = list(_changes(found, revision, keeps_canary=canary is not None))
    if canary is not None:
        moves += _canary(found, revision, StageRevision.named(canary), wanted.weights[canary])
    return [
        *moves,
        *(_remove(f"/variables/{old}") for old in sorted(found.marks)),
        _replace(f"/variables/{mark}", revision.mark),
    ]


def undoing(found: StageState, written: StageState, wanted: Routing, mark: str) -> list[list[Operation]]:
    """Return the patches that take back what a write has done to a stage that somebody else had changed before.

    The canary goes, whoever had one there: no share of traffic stays that nobody asked for. What another execution of
    Gantry made the primary revision, its mark says, so that this is restored. What somebody else did is not known.

    Args:
        found: the stage as it was read before the write.
        written: the answer to the write.
        wanted: what the write asked for.
        mark: the mark of the write.
    """
    if mark not in written.marks:
        return []
    patches = [[REMOVE_CANARY]] if wanted.weights and written.canary is not None else []
    if len(others := written.marks - {mark}) == 1:
        theirs = StageRevision.marked(written.variables[next(iter(others))])
        again = _primary_again(found, written, StageRevision.named(wanted.revision), theirs)
        patches.append([*again, _remove(f"/variables/{mark}")])
    return patches


def _primary_again(
    found: StageState, written: StageState, wanted: StageRevision, theirs: StageRevision
) -> Iterator[Operation]:
    """Yield what makes a revision the primary one, of that which a write of another one can have changed."""
    if written.deployment != theirs.deployment:
        yield _replace("/deploymentId", theirs.deployment)
    before, now = found.primary.variables, written.primary.variables
    changed = {
        name for name in before.keys() | wanted.variables.keys() if before.get(name) != wanted.variables.get(name)
    }
    if found.canary is not None:
        changed |= now.keys()  # a promotion copies what the canary has, also that of somebody else's
    for name in sorted(changed & (theirs.variables.keys() | now.keys())):
        if name not in theirs.variables:
            yield _remove(f"/variables/{name}")
        elif now.get(name) != theirs.variables[name]:
            yield _replace(f"/variables/{name}", theirs.variables[name])


def _promotion(found: StageState) -> Iterator[Operation]:
    yield _copy("/deploymentId", f"{_CANARY}/deploymentId")
    if found.overrides:
        yield _copy("/variables", _OVERRIDES)
    yield _replace(f"{_CANARY}/percentTraffic", "0.0")
    yield REMOVE_CANARY


def _changes(found: StageState, revision: StageRevision, *, keeps_canary: bool) -> Iterator[Operation]:
    if found.canary is not None and not keeps_canary:
        yield REMOVE_CANARY
    if found.deployment != revision.deployment:
        yield _replace("/deploymentId", revision.deployment)
    yield from _differing("/variables", found.primary.variables, revision.variables)
    for name in sorted(found.primary.variables.keys() - revision.variables.keys()):
        yield _remove(f"/variables/{name}")


def _canary(found: StageState, primary: StageRevision, canary: StageRevision, weight: float) -> Iterator[Operation]:
    """Yield what makes or changes a canary. Only a part that is as it should be already is left out."""
    if missing := primary.variables.keys() - canary.variables.keys():
        names = ", ".join(sorted(missing))
        raise IncompatibleTargetError(f"a canary cannot lack the stage's variables {names}: send all traffic at once")
    overrides = {name: value for name, value in canary.variables.items() if primary.variables.get(name) != value}
    for name in sorted(found.overrides.keys() - overrides.keys()):
        yield _remove(f"{_OVERRIDES}/{name}")
    if found.canary is None:
        yield _replace(f"{_CANARY}/deploymentId", canary.deployment)
        # A cache that both share would answer for the other one.
        yield _replace(f"{_CANARY}/useStageCache", "false")
    elif found.canary.get("deploymentId") != canary.deployment:
        yield _replace(f"{_CANARY}/deploymentId", canary.deployment)
    yield from _differing(_OVERRIDES, found.overrides, overrides)
    if found.canary_weight != weight:
        yield _replace(f"{_CANARY}/percentTraffic", str(weight))


def _differing(path: str, found: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[Operation]:
    for name, value in sorted(wanted.items()):
        if found.get(name) != value:
            yield _replace(f"{path}/{name}", value)


def _replace(path: str, value: str) -> Operation:
    return {"op": "replace", "path": path, "value": value}


def _remove(path: str) -> Operation:
    return {"op": "remove", "path": path}


def _copy(path: str, source: str) -> Operation:
    return {"op": "copy", "path": path, "from": source}
