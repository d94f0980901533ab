"""The key `versioning`: the name of a scheme, or a mapping with a scheme and its options."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from gantry.promotion import tag_pattern
from gantry.promotion.manifest.field_types import BooleanField, FieldType, refuse
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.messages import printable, quoted, suggestion, wrong_type
from gantry.promotion.versioning import Versioning

_SCHEMES = ("git-sha", "semver")
"""The schemes that can be named alone."""
_EXAMPLES = "{semver: {prereleases: false}} or {pattern: 'release-[0-9]+'}"


@dataclass(frozen=True)
class TagPatternField(FieldType):
    """A pattern of tags that can be matched quickly."""

    def check(self, value: object) -> str:
        """Return the pattern itself."""
        remedy = "give a pattern of tags in quotes, like 'release-[0-9]+'"
        if not isinstance(value, str):
            refuse(f"{wrong_type(value, 'text')}; {remedy}")
        try:
            tag_pattern.read(value)
        except ValueError as error:
            refuse(f"{quoted(value)} is no pattern of tags: {printable(str(error))}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the length. Only the checker reads the pattern."""
        return {"type": "string", "minLength": 1, "maxLength": tag_pattern.LONGEST}


class SemverKeys(Keys):
    """Semantic versions."""

    prereleases: Annotated[bool, BooleanField()] = Field(
        True, description="Whether pre-releases like 1.4.0-rc.1 are promoted as well; true when not given."
    )


class VersioningKeys(Keys):
    """A scheme with its options: one of these keys."""

    semver: SemverKeys = Field(default_factory=SemverKeys, description="Promote semantic versions.")
    pattern: Annotated[str, TagPatternField()] = Field(
        default_factory=str,
        description="Promote the tags that match as a whole. A pattern has letters, digits, _ - \\. \\d \\w . and "
        "[classes], each with at most one of * + ? {2} {2,} {2,4} behind it, and (groups|of|choices) without one.",
    )

    def versioning(self) -> Versioning:
        """Return what it says; without a key, it is a commit's hash."""
        if "pattern" in self.model_fields_set:
            return Versioning("pattern", pattern=self.pattern)
        if "semver" in self.model_fields_set:
            return Versioning("semver", prereleases=self.semver.prereleases)
        return Versioning("git-sha")


@dataclass(frozen=True)
class VersioningField(FieldType):
    """A scheme's name, or a mapping with the one key of `VersioningKeys`."""

    def check(self, value: object) -> dict[Any, Any]:
        """Return the mapping; for a name alone, the one that it stands for."""
        if value in _SCHEMES:
            return {} if value == "git-sha" else {"semver": {}}
        if not isinstance(value, dict):
            known = "nothing is given" if value is None else f"{quoted(value)} is not known"
            refuse(f"{known}; {suggestion(value, _SCHEMES)}, or a mapping like {_EXAMPLES}")
        if "git-sha" in value:
            refuse("git-sha has no options; write versioning: git-sha")
        if len(value) != 1:
            refuse(f"the mapping has {len(value)} keys; give one, like {_EXAMPLES}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return both forms."""
        return {"anyOf": [{"enum": list(_SCHEMES)}, inner | {"minProperties": 1, "maxProperties": 1}]}
