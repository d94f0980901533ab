"""Find a kind by its name. A kind is imported only when a target has it, so that a function pays only for those."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from gantry.promotion.errors import UnknownTargetKindError
from gantry.promotion.target import Target
from gantry.targets.kind import TargetKind
from gantry.targets.kind_parts import KindParts

if TYPE_CHECKING:
    from gantry.artifacts.artifact_objects import ArtifactObjects
    from gantry.aws.session_policy import Right
    from gantry.promotion.artifact import Artifact
    from gantry.promotion.content_changes import ContentChange
    from gantry.promotion.manifest.target_schema import TargetSchema
    from gantry.promotion.policy.binding import BoundNames
    from gantry.targets.capabilities import Capabilities


class TargetKinds(Protocol):
    """All kinds of target that are known here."""

    def of(self, target: Target) -> TargetKind:
        """Return the kind of a target.

        Raises:
            UnknownTargetKindError: there is no such kind.
        """


DEFAULT_KIND = "lambda"
"""What a target is that names no kind, and a binding of the policy file too."""
KINDS: Mapping[str, str] = {
    "lambda": "gantry.targets.lambda_alias",
    "s3": "gantry.targets.s3_object",
    "apigateway": "gantry.targets.rest_api_stage",
    "ecs": "gantry.targets.ecs_service",
}
"""The package of each kind, with five modules.

`making` has `make_kind(parts)`; `schema` has `SCHEMA`, which is what a manifest may say of the kind; `capabilities` has
`CAPABILITIES`; `binding` has `bound_names(target)`, which is what the policy file binds; `rights` has `rights(target)`,
which is what a session for the target may do in its account. A kind that takes objects of S3 also has `content` with
`changes(target, before, after, objects)`, which is what approvers see of the artifact's inside.
"""


def schema_of(kind: str) -> "TargetSchema":
    """Return what a manifest may say of a kind.

    Raises:
        UnknownTargetKindError: there is no such kind.
    """
    schema: TargetSchema = import_module(f"{_package(kind)}.schema").SCHEMA
    return schema


def bound_names(target: Target) -> "BoundNames":
    """Return what the policy file binds of a target.

    Raises:
        UnknownTargetKindError: there is no such kind.
    """
    names: BoundNames = import_module(f"{_package(target.kind)}.binding").bound_names(target)
    return names


def capabilities_of(target: Target) -> "Capabilities":
    """Return what a target's kind can do, for functions that reach no target.

    Raises:
        UnknownTargetKindError: there is no such kind.
    """
    found: Capabilities = import_module(f"{_package(target.kind)}.capabilities").CAPABILITIES
    return found


def rights_of(target: Target) -> "tuple[Right, ...]":
    """Return what a session for a target may do in the target's account, beside reading alarms.

    Raises:
        UnknownTargetKindError: there is no such kind.
    """
    rights: tuple[Right, ...] = import_module(f"{_package(target.kind)}.rights").rights(target)
    return rights


def content_changes(
    target: Target, before: "Artifact | None", after: "Artifact", objects: "ArtifactObjects"
) -> "Sequence[ContentChange] | None":
    """Return what changes inside an artifact on a target; None where its kind looks into none.

    Raises:
        UnknownTargetKindError: there is no such kind.
        ArtifactNotFoundError, ArtifactTypeError: one of the artifacts is gone, or cannot be read.
    """
    name = f"{_package(target.kind)}.content"
    if find_spec(name) is None:
        return None
    changes: Sequence[ContentChange] = import_module(name).changes(target, before, after, objects)
    return changes


def all_schemas() -> "Mapping[str, TargetSchema]":
    """Return what a manifest may say of each kind, by the kind's name."""
    return {kind: schema_of(kind) for kind in KINDS}


def import_kinds() -> None:
    """Import what every kind needs to change a target, while a function starts."""
    for package in KINDS.values():
        import_module(f"{package}.making")
        import_module(f"{package}.rights")


class RegisteredKinds:
    """The kinds of this registry, each made once."""

    def __init__(self, make: Mapping[str, Callable[[], TargetKind]]) -> None:
        self._make = make
        self._made: dict[str, TargetKind] = {}

    @classmethod
    def all(cls, parts: KindParts) -> "RegisteredKinds":
        """Return every kind of `KINDS`."""
        return cls({name: partial(_make, package, parts) for name, package in KINDS.items()})

    def of(self, target: Target) -> TargetKind:
        """Return the kind of a target.

        Raises:
            UnknownTargetKindError: there is no such kind.
        """
        if target.kind not in self._make:
            raise UnknownTargetKindError(f"{target.id} has the unknown kind {target.kind}. {_known(self._make)}")
        if target.kind not in self._made:
            self._made[target.kind] = self._make[target.kind]()
        return self._made[target.kind]


def _package(kind: str) -> str:
    if kind not in KINDS:
        raise UnknownTargetKindError(f"The kind of target {kind} is unknown. {_known(KINDS)}")
    return KINDS[kind]


def _make(package: str, parts: KindParts) -> TargetKind:
    kind: TargetKind = import_module(f"{package}.making").make_kind(parts)
    return kind


def _known(kinds: Iterable[str]) -> str:
    return f"Known kinds: {', '.join(sorted(kinds))}"
