"""What reads the artifacts of the pipeline's own account."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from gantry.aws.clients import own_client, waiting

if TYPE_CHECKING:
    from gantry.artifacts.artifact_objects import ArtifactObjects
    from gantry.artifacts.container_image import ContainerImages
    from gantry.artifacts.image_replication import ImageReplication, RegionalImages
    from gantry.artifacts.object_copies import ObjectCopies
    from gantry.artifacts.object_versions import ObjectVersions


COPY_SECONDS = 580
"""How long ResolveRelease waits for a copy of up to 5 GB. S3 may cancel a copy if nobody waits for its answer:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
ZIP_COPY_SECONDS = 280
"""How long AwaitReplication waits for a copy of a zip, of which Lambda takes 250 MB."""


class ArtifactServices:
    """The adapters of the registry and of the artifact buckets.

    Each is made when it is first used, and kept while the function is warm.
    """

    _environment: Mapping[str, str]

    @cached_property
    def _images_in(self) -> "dict[str, RegionalImages]":
        return {}

    @cached_property
    def images(self) -> "ContainerImages":
        """The registry of the pipeline's own account and region."""
        from gantry.artifacts.container_image import ContainerImages

        return ContainerImages(own_client("ecr"))

    def images_in(self, region: str) -> "RegionalImages":
        """Return the registry of the pipeline's own account in a region."""
        from gantry.artifacts.image_replication import RegionalImages

        if region not in self._images_in:
            self._images_in[region] = RegionalImages(own_client("ecr", region))
        return self._images_in[region]

    @cached_property
    def replication(self) -> "ImageReplication":
        """The replication of the registry."""
        from gantry.artifacts.image_replication import ImageReplication

        return ImageReplication(own_client("ecr"), self._environment["REGISTRY_ACCOUNT"])

    @cached_property
    def object_versions(self) -> "ObjectVersions":
        """The versions of objects in the artifact buckets of the pipeline's own region."""
        from gantry.artifacts.object_copies import ObjectCopies
        from gantry.artifacts.object_versions import ObjectVersions

        return ObjectVersions(own_client("s3"), ObjectCopies(own_client("s3", config=waiting(COPY_SECONDS))))

    def object_copies_in(self, region: str) -> "ObjectCopies":
        """Return the copies of objects in the artifact buckets of another region."""
        from gantry.artifacts.object_copies import ObjectCopies

        return ObjectCopies(own_client("s3", region, waiting(ZIP_COPY_SECONDS)))

    @cached_property
    def objects(self) -> "ArtifactObjects":
        """The artifact buckets."""
        from gantry.artifacts.artifact_objects import ArtifactObjects

        return ArtifactObjects(own_client("s3"))
