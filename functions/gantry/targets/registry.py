"""Find a kind by its name. A kind is imported only when a target has it, so that a function pays only for those."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from gantry.promotion.errors import UnknownTargetKindError
from gantry.promotion.target import Target
from gantry.targets.kind import TargetKind

if TYPE_CHECKING:
    from gantry.promotion.manifest.target_schema import TargetSchema


class TargetKinds(Protocol):
    """All kinds of target that are known here."""

    def of(self, target: Target) -> TargetKind:
        """Return the kind of a target.

        Raises:
            UnknownTargetKindError: there is no such kind.
        """


KINDS: Mapping[str, str] = {"lambda": "gantry.targets.lambda_alias.kind"}
"""The module of each kind. It has a function `make_kind(accounts, registry_account)`."""
SCHEMAS: Mapping[str, str] = {"lambda": "gantry.targets.lambda_alias.schema"}
"""The module with what a manifest may say of each kind. It has a constant `SCHEMA`."""


def schema_of(kind: str) -> "TargetSchema":
    """Return what a manifest may say of a kind.

    Raises:
        UnknownTargetKindError: there is no such kind.
    """
    if kind not in SCHEMAS:
        raise UnknownTargetKindError(f"The kind of target {kind} is unknown. {_known(SCHEMAS)}")
    schema: TargetSchema = import_module(SCHEMAS[kind]).SCHEMA
    return schema


def all_schemas() -> "Mapping[str, TargetSchema]":
    """Return what a manifest may say of each kind, by the kind's name."""
    return {kind: schema_of(kind) for kind in SCHEMAS}


class RegisteredKinds:
    """The kinds of this registry, each made once."""

    def __init__(self, make: Mapping[str, Callable[[], TargetKind]]) -> None:
        self._make = make
        self._made: dict[str, TargetKind] = {}

    @classmethod
    def all(cls, **adapters: Any) -> "RegisteredKinds":  # noqa: ANN401 -- each kind takes what it needs
        """Return every kind of `KINDS`, made with the adapters that its `make_kind` takes."""
        return cls({name: partial(_make, module, adapters) for name, module in KINDS.items()})

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


def _make(module: str, adapters: Mapping[str, Any]) -> TargetKind:
    kind: TargetKind = import_module(module).make_kind(**adapters)
    return kind


def _known(kinds: Iterable[str]) -> str:
    return f"Known kinds: {', '.join(sorted(kinds))}"
