"""The keys of a manifest about an object in S3 whose versions are the releases."""

from typing import Annotated

from pydantic import Field

from gantry.promotion.manifest.collection_fields import MappingField
from gantry.promotion.manifest.field_types import StringField
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.name_fields import REGION, Region
from gantry.promotion.object_name import BUCKET_PATTERN, BUCKET_REMEDY, KEY_PATTERN, KEY_REMEDY

Bucket = Annotated[str, StringField("an S3 bucket's name", BUCKET_REMEDY, pattern=BUCKET_PATTERN)]
Key = Annotated[str, StringField("an artifact's key", KEY_REMEDY, pattern=KEY_PATTERN)]
_BUCKETS = MappingField(REGION, maximum=40, pairs="region: bucket pairs")


class ArtifactKeys(Keys):
    """An object in S3. Each new version of it is a release."""

    bucket: Bucket = Field(
        description="The versioned bucket in the assets account and the pipeline's region. The parameter "
        "ArtifactBuckets names it too."
    )
    key: Key = Field(description="The object's key; the manifest is services/s3/<bucket>/<key>.yaml.")
    buckets: Annotated[dict[Region, Bucket], _BUCKETS] = Field(
        default_factory=dict,
        description="The buckets of other regions, by region, into which Gantry copies the version. Functions take "
        "their zip only from their own region.",
    )
