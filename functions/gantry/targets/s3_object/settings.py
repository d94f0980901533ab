"""What a revision has besides its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from gantry.promotion.masking import Masking

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#SysMetadata
HEADERS = {
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "content-type": "ContentType",
}
"""The headers that S3 knows itself, as the SDK names them. All other metadata is the user's: `x-amz-meta-…`."""
OWN_METADATA = "gantry-"
"""The names of Gantry's own metadata begin with this."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The metadata of a revision, and the values of a pointer."""

    metadata: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name: headers and the user's own."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What a pointer tells its readers."""

    @classmethod
    def wanted(cls, configuration: Mapping[str, Any], content_type: str) -> Self:
        """Return what a manifest configures; what it does not say of the type is given."""
        metadata = {"content-type": content_type, **configuration.get("metadata", {})}
        return cls(metadata, dict(configuration.get("values", {})))

    def request(self) -> dict[str, Any]:
        """Return the arguments of a call that writes an object."""
        headers = {HEADERS[name]: value for name, value in self.metadata.items() if name in HEADERS}
        return {**headers, "Metadata": {name: value for name, value in self.metadata.items() if name not in HEADERS}}

    def differences(self, other: "Settings") -> list[str]:
        """Return the names of what differs, without values."""
        found = {f"metadata.{name}" for name in _differing(self.metadata, other.metadata)}
        return sorted(found | {f"values.{name}" for name in _differing(self.values, other.values)})

    def masked(self, masking: Masking) -> dict[str, str]:
        """Return the settings as people may see them."""
        return masked(self.metadata, self.values, masking)


def masked(metadata: Mapping[str, str], values: Mapping[str, str], masking: Masking) -> dict[str, str]:
    """Return metadata and values as people may see them."""
    named = {"metadata": metadata, "values": values}
    return {
        f"{group}.{name}": masking.value(name.replace("-", "_"), value)
        for group, given in named.items()
        for name, value in given.items()
    }


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}
