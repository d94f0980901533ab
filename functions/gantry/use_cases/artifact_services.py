"""What reads the artifacts of the pipeline's own account."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from gantry.aws.clients import own_client

if TYPE_CHECKING:
    from gantry.artifacts.artifact_objects import ArtifactObjects
    from gantry.artifacts.container_image import ContainerImages
    from gantry.artifacts.image_replication import ImageReplication, RegionalImages


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
    def objects(self) -> "ArtifactObjects":
        """The artifact buckets."""
        from gantry.artifacts.artifact_objects import ArtifactObjects

        return ArtifactObjects(own_client("s3"))
