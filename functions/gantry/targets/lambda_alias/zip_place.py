"""Where Lambda reads a zip: in a bucket of the function's own region, as it reads no other.

https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
"""

from gantry.artifacts.artifact_objects import copy_key
from gantry.promotion.artifact import Artifact, ArtifactKind


def zip_place(artifact: Artifact, region: str, pipeline_region: str) -> tuple[str, str] | None:
    """Return the bucket and the key of an artifact, or of its copy in another region than the pipeline's.

    None means that it is no object, or that no bucket there is known.
    """
    if artifact.kind is not ArtifactKind.S3_OBJECT:
        return None
    if region == pipeline_region:
        return artifact.bucket, artifact.key
    bucket = artifact.copies.get(region)
    return (bucket, copy_key(artifact)) if bucket else None
