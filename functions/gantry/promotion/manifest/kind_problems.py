"""Check what is written for the kinds of target: the targets themselves, and `configuration`."""

from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.manifest.artifact_source import artifact_kind
from gantry.promotion.manifest.document import Located, as_mapping, environments, list_at, repeated
from gantry.promotion.manifest.kinds import (
    KIND,
    Schemas,
    configuration_of,
    own_keys,
    schema_of,
    schemas_of,
)
from gantry.promotion.manifest.messages import quoted, suggestion
from gantry.promotion.manifest.override import shared_keys, written_out
from gantry.promotion.manifest.problem import Location, Problem
from gantry.promotion.manifest.shape import not_a_mapping, shape_problems, unknown_key
from gantry.promotion.manifest.shared_drafts import shared_draft_problems
from gantry.promotion.manifest.target_schema import RegionalSchema, SteppingSchema, TargetSchema
from gantry.promotion.manifest.written_plan import has_steps, plan_in

_IN_WORDS = {ArtifactKind.CONTAINER_IMAGE: "a container image", ArtifactKind.S3_OBJECT: "an object of S3"}


def kind_problems(document: object, schemas: Schemas) -> Iterator[Problem]:
    """Yield what is wrong with targets and `configuration`, in shape and beyond single fields."""
    top, found = as_mapping(document), environments(document)
    artifact = artifact_kind(top)
    targets = [each for environment in found for each in _targets(environment)]
    everywhere = schemas_of([target for _, target in targets], schemas)
    yield from _configuration_shape((), top, everywhere)
    for location, environment in found:
        here = schemas_of(list_at(environment, "targets"), schemas)
        yield from _configuration_shape(location, environment, here)
    for location, target in targets:
        yield from _target_problems(location, target, schemas, artifact)
    yield from _repeated_targets(targets, schemas)
    yield from shared_draft_problems(top, found, schemas)
    for location, environment in found:
        here = schemas_of(list_at(environment, "targets"), schemas)
        yield from _environment_problems(location, written_out(shared_keys(top), environment), here, artifact)


def _targets(environment: Located) -> Iterator[tuple[Location, Any]]:
    location, keys = environment
    for index, target in enumerate(list_at(keys, "targets")):
        yield (*location, "targets", index), target


def _configuration_shape(
    location: Location, holder: Mapping[Any, Any], kinds: tuple[TargetSchema, ...]
) -> Iterator[Problem]:
    """Check a `configuration` where it stands. Without a known kind there is nothing to check it by."""
    if not kinds or "configuration" not in holder:
        return
    location, given = (*location, "configuration"), holder["configuration"]
    known = tuple(dict.fromkeys(key for kind in kinds for key in kind.configuration_keys.model_fields))
    if not isinstance(given, dict):
        yield Problem(location, not_a_mapping(given, known))
        return
    problems: dict[Problem, None] = {}  # once, where two kinds know the same key
    for kind in kinds:
        problems |= dict.fromkeys(shape_problems(kind.configuration_keys, configuration_of(kind, given), location))
    yield from problems
    yield from (unknown_key(location, key, known) for key in given if key not in known)


def _target_problems(
    location: Location, target: object, schemas: Schemas, artifact: ArtifactKind | None
) -> Iterator[Problem]:
    schema = schema_of(target, schemas)
    if schema is None:
        yield _unknown_kind((*location, KIND), as_mapping(target).get(KIND), schemas)
        return
    given = own_keys(target) if isinstance(target, dict) else target
    yield from shape_problems(schema.target_keys, given, location, other_keys=[KIND])
    for problem in schema.target_problems(as_mapping(given), artifact=artifact):
        yield problem.below(location)
    if artifact and artifact not in schema.artifacts:
        taken = " or ".join(_IN_WORDS[each] for each in sorted(schema.artifacts))
        able = sorted(name for name, each in schemas.items() if artifact in each.artifacts)
        message = f"targets of the kind {schema.kind} take {taken}, not {_IN_WORDS[artifact]}; {suggestion(None, able)}"
        yield Problem((*location, KIND), message)


def _unknown_kind(location: Location, given: object, schemas: Schemas) -> Problem:
    wrong = "missing" if given is None else f"{quoted(given)} is not a known kind of target"
    return Problem(location, f"{wrong}; {suggestion(given, sorted(schemas))}")


def _repeated_targets(targets: list[tuple[Location, Any]], schemas: Schemas) -> Iterator[Problem]:
    """Two targets are the same when they have the same id, by which the ledger and people know them."""
    yield from repeated([(location, _id(target, schemas)) for location, target in targets], "the target")


def _id(target: object, schemas: Schemas) -> str | None:
    schema = schema_of(target, schemas)
    if schema is None or not isinstance(target, dict):
        return None
    keys = own_keys(target)
    return None if any(shape_problems(schema.target_keys, keys)) else schema.target(keys).id


def _environment_problems(
    location: Location, written: Mapping[str, Any], kinds: tuple[TargetSchema, ...], artifact: ArtifactKind | None
) -> Iterator[Problem]:
    """Check an environment with what is shared."""
    for kind in kinds:
        for problem in _configuration_problems(kind, written, artifact):
            yield problem.below((*location, "configuration"))
        if has_steps(written.get("traffic")) and not kind.splits_traffic:
            message = f"targets of the kind {kind.kind} cannot share traffic between two revisions; give AllAtOnce"
            yield Problem((*location, "traffic"), message)
        plan = plan_in(written.get("traffic"))
        if plan and isinstance(kind, SteppingSchema) and (wrong := kind.plan_problem(plan)):
            yield Problem((*location, "traffic"), f"targets of the kind {kind.kind} cannot take these steps: {wrong}")
        if written.get("bake_after") is not None and not kind.counts_requests and not written.get("alarms"):
            message = f"nothing but alarms can watch targets of the kind {kind.kind}; give alarms, or leave it out"
            yield Problem((*location, "bake_after"), message)


def _configuration_problems(
    kind: TargetSchema, written: Mapping[str, Any], artifact: ArtifactKind | None
) -> Iterator[Problem]:
    keys = configuration_of(kind, as_mapping(written.get("configuration")))
    yield from kind.configuration_problems(keys, artifact=artifact)
    if isinstance(kind, RegionalSchema):
        own = [each for each in list_at(written, "targets") if schema_of(each, {kind.kind: kind})]
        regions = (as_mapping(each).get("region") for each in own)
        for region in dict.fromkeys(each for each in regions if isinstance(each, str)):
            yield from kind.region_problems(keys, region)
