"""Find out which kinds of target a manifest names, and which keys each of them takes."""

from collections.abc import Iterable, Mapping
from typing import Any

from gantry.promotion.manifest.content import Environment
from gantry.promotion.manifest.document import as_mapping
from gantry.promotion.manifest.target_schema import TargetSchema

KIND = "kind"
"""The key by which a target names its kind."""
Schemas = Mapping[str, TargetSchema]
"""What a manifest may say of each kind, by the kind's name."""


def default_kind(schemas: Schemas) -> str | None:
    """Return the kind of a target that names none."""
    return next((name for name, schema in schemas.items() if schema.is_default), None)


def schema_of(target: object, schemas: Schemas) -> TargetSchema | None:
    """Return the schema of a target's kind; None when there is no such kind."""
    name = as_mapping(target).get(KIND, default_kind(schemas))
    return schemas.get(name) if isinstance(name, str) else None


def schemas_of(targets: Iterable[object], schemas: Schemas) -> tuple[TargetSchema, ...]:
    """Return the schema of each kind that these targets have, once each."""
    found = (schema_of(each, schemas) for each in targets)
    return tuple({schema.kind: schema for schema in found if schema}.values())


def own_keys(target: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the keys of a target that its kind checks."""
    return {key: value for key, value in target.items() if key != KIND}


def configuration_of(schema: TargetSchema, configuration: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the keys of `configuration` that a kind knows."""
    return {key: value for key, value in configuration.items() if key in schema.configuration_keys.model_fields}


def longest_requests(environment: Environment, schemas: Schemas) -> tuple[int | None, ...]:
    """Return how many seconds a request may take at most, for each kind that an environment has; None if not known."""
    kinds = dict.fromkeys(target.kind for target in environment.targets)
    return tuple(schemas[kind].longest_request_seconds(environment.configuration) for kind in kinds)


def counts_requests(environment: Environment, schemas: Schemas) -> bool:
    """Return whether there is evidence beside alarms of any of an environment's targets."""
    return any(schemas[target.kind].counts_requests for target in environment.targets)


def splits_traffic(environment: Environment, schemas: Schemas) -> bool:
    """Return whether two revisions can share the traffic of any of an environment's targets."""
    return any(schemas[target.kind].splits_traffic for target in environment.targets)


def shifts_itself(environment: Environment, schemas: Schemas) -> bool:
    """Return whether the service of any of an environment's targets takes the steps itself."""
    return any(schemas[target.kind].shifts_itself for target in environment.targets)


def evidence_late_seconds(environment: Environment, schemas: Schemas, delay_seconds: int) -> int:
    """Return how late a minute of evidence is, as far as the manifest says: its requests may still run, and be counted.

    Args:
        environment: with its targets.
        schemas: what the manifest may say of each kind.
        delay_seconds: how long counting takes.
    """
    return max(each or 0 for each in longest_requests(environment, schemas)) + delay_seconds
