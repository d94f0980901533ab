"""The keys of this kind in a manifest: a target's, and those of `configuration`."""

from typing import Annotated

from pydantic import Field

from gantry.promotion.manifest.collection_fields import MappingField
from gantry.promotion.manifest.field_types import StringField
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.reference_field import ReferenceField
from gantry.promotion.manifest.target_schema import TargetKeys
from gantry.promotion.object_name import KEY, KEY_PATTERN

_KEY = StringField(
    "a key of an object",
    "give letters, digits and . _ = + @ -, in parts with single slashes between them, 256 characters at most, like "
    "glue/etl.py",
    pattern=KEY_PATTERN,
)
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BucketName = Annotated[
    str,
    StringField(
        "a bucket's name",
        "give the name alone, no ARN: small letters, digits, - and dots, 3 to 63",
        pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
    ),
]
Key = Annotated[str, _KEY]
Prefix = Annotated[
    str, StringField("a prefix", "give the beginning of keys with a slash at its end, like releases/", f"^{KEY}/$")
]
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
_METADATA_NAME = StringField(
    "a name of metadata",
    "give small letters, digits and -, like cache-control or owner, but not gantry-…",
    pattern=r"^(?!gantry-)[a-z0-9][a-z0-9-]{0,63}$",
)
MetadataName = Annotated[str, _METADATA_NAME]
MetadataValue = Annotated[
    str,
    StringField(
        "a value of metadata",
        "give printable ASCII in quotes, 1,024 characters at most",
        r"^[ -~]{1,1024}$",
        secret=True,
    ),
]
_VALUE_NAME = StringField("a value's name", "give letters, digits and _, like API_URL", r"^[A-Za-z][A-Za-z0-9_]{0,63}$")
ValueName = Annotated[str, _VALUE_NAME]
Value = Annotated[str, ReferenceField(StringField("a value", "give text in quotes", secret=True))]


class PointerKeys(Keys):
    """The object that says which release is live."""

    key: Key = Field(description="Its key, like live.json.")


class ObjectTargetKeys(TargetKeys):
    """One object of a bucket: with key, the artifact itself; with prefix and pointer, many that a pointer leads to."""

    bucket: BucketName = Field(description="The bucket, in this account. It has to keep versions.")
    key: Key | None = Field(None, description="The key that others read, like glue/etl.py.")
    prefix: Prefix | None = Field(None, description="Where the objects of all releases are kept, like releases/.")
    pointer: PointerKeys | None = Field(None, description="The object that says which release is live.")


class ObjectConfigurationKeys(Keys):
    """What a release has besides its bytes."""

    metadata: Annotated[dict[MetadataName, MetadataValue], MappingField(_METADATA_NAME, maximum=50)] = Field(
        default_factory=dict,
        description="Metadata of the object or the pointer: cache-control, content-type, content-disposition, "
        "content-encoding and content-language are headers, all else is x-amz-meta-….",
    )
    values: Annotated[dict[ValueName, Value], MappingField(_VALUE_NAME, maximum=100)] = Field(
        default_factory=dict, description="What a pointer says to its readers, such as the environment's addresses."
    )
