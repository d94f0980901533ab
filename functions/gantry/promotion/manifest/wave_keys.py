"""The keys by which a manifest says how many targets are deployed to side by side, and what happens when one fails."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, get_args

from pydantic import Field

from gantry.promotion.manifest.content import OnFailure
from gantry.promotion.manifest.field_types import ChoiceField, FieldType, IntegerField, refuse
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.messages import quoted, suggestion
from gantry.promotion.waves import ALL_AT_ONCE, DEFAULT_WAVES, MOST_SIDE_BY_SIDE, ONE_BY_ONE, Waves

_EXAMPLE = "{first: 1, then: 10}"
_SIZE = IntegerField(1, MOST_SIDE_BY_SIDE, "targets")


class WaveSizeKeys(Keys):
    """How large waves are. Each stays within one region."""

    by_region: ClassVar[bool] = True
    first: Annotated[int, _SIZE] = Field(
        DEFAULT_WAVES.first, description="How many targets the environment's first wave has at most; 1 when not given."
    )
    then: Annotated[int, _SIZE] = Field(
        DEFAULT_WAVES.then, description="How many targets each wave after it has at most; 10 when not given."
    )

    def waves(self) -> Waves:
        """Return what they say."""
        return Waves(self.first, self.then, by_region=self.by_region)


class _NamedWaves(WaveSizeKeys):
    """What a name stands for. No mapping says that: named waves may have targets of several regions."""

    by_region: ClassVar[bool] = False


_NAMED: dict[object, WaveSizeKeys] = {
    name: _NamedWaves(first=each.first, then=each.then)
    for name, each in {"one-by-one": ONE_BY_ONE, "all-at-once": ALL_AT_ONCE}.items()
}
_NAMES = tuple(map(str, _NAMED))


@dataclass(frozen=True)
class WavesField(FieldType):
    """A name, or a mapping with the sizes."""

    def check(self, value: object) -> object:
        """Return the mapping itself; for a name, what it stands for."""
        if isinstance(value, str) and value in _NAMED:
            return _NAMED[value]
        if not isinstance(value, dict):
            known = "nothing is given" if value is None else f"{quoted(value)} is not known"
            refuse(f"{known}; {suggestion(value, _NAMES)}, or a mapping like {_EXAMPLE}")
        if not value:
            refuse(f"the mapping is empty; give first, then or both, like {_EXAMPLE}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return both forms."""
        return {"anyOf": [{"enum": list(_NAMES)}, inner | {"minProperties": 1}]}


class WaveKeys(Keys):
    """How an environment's targets follow each other."""

    waves: Annotated[WaveSizeKeys, WavesField()] = Field(
        default_factory=WaveSizeKeys,
        description="How many targets are deployed to side by side: one-by-one, all-at-once, or the sizes of waves "
        f"that stay within one region, {_EXAMPLE} when not given.",
        json_schema_extra={"default": {"first": DEFAULT_WAVES.first, "then": DEFAULT_WAVES.then}},
    )
    on_failure: Annotated[OnFailure, ChoiceField(get_args(OnFailure))] = Field(
        "stop",
        description="What happens when a target fails. stop, the default: no further wave begins, and those of the "
        "same wave that are not complete are rolled back. roll_back_environment: all targets go back to what they had.",
    )
