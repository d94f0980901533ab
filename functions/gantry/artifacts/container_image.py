"""Container images in the registry of the pipeline's account: which one can run, its tags, and who pushed it."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gantry.artifacts.image_configuration import ImageConfiguration, ImageConfigurations
from gantry.artifacts.image_manifest import MEDIA_TYPES, PLATFORMS, RegistryManifest, of_another_platform
from gantry.aws.clients import code_of, message_of
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.errors import ArtifactNotFoundError, ArtifactTypeError, InvalidRequestError
from gantry.promotion.nearest_names import nearest_names
from gantry.promotion.source import Source

if TYPE_CHECKING:
    from mypy_boto3_ecr.client import ECRClient
    from mypy_boto3_ecr.type_defs import ImageIdentifierTypeDef


@dataclass(frozen=True, slots=True)
class ContainerImage:
    """An image that can run, and what the registry knows about it."""

    artifact: Artifact
    tags: tuple[str, ...] = ()
    """All tags of the image that was named, sorted. An index has tags, its children do not."""
    pushed_by: str | None = None
    """The label `pushed-by` of the image that runs; None when it has none that can be a name."""
    source: Source | None = None
    """Where it comes from, as the image that runs says; None where it does not."""


class ContainerImages:
    """The registry of the pipeline's own account and region."""

    def __init__(self, ecr: "ECRClient") -> None:
        self._ecr = ecr
        self._configurations = ImageConfigurations(ecr)

    def resolve(
        self,
        repository: str,
        architecture: str,
        tag: str | None = None,
        digest: str | None = None,
        known_tags: tuple[str, ...] | None = None,
    ) -> ContainerImage:
        """Return the one image that runs on this architecture.

        Lambda does not run an image index (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html,
        "Lambda does not support multi-architecture container images"), so this is the index' child. Nor does it look
        at an image's architecture before the first request, so the image's configuration counts here, whatever its tag
        or its index says.

        Args:
            repository: the repository's name.
            architecture: `x86_64` or `arm64`.
            tag: what names the image where there is no digest; ignored when there is one, because a tag may move.
            digest: the digest of an image or of an index.
            known_tags: the tags of this digest, as `tags` has just returned them; None where nobody has asked.

        Raises:
            ArtifactNotFoundError: there is no such repository or image.
            ArtifactTypeError: it is no image that can run, and no index of such images.
            ArtifactArchitectureError: nothing in it was built for this architecture, or nobody can know.
        """
        named = self._named(repository, tag, digest)
        running, configuration = self._running(repository, named, architecture)
        artifact = Artifact(ArtifactKind.CONTAINER_IMAGE, running.digest, repository)
        tags = self.tags(repository, named.digest) if known_tags is None else known_tags
        return ContainerImage(artifact, tags, configuration.pushed_by, configuration.source)

    def is_tagged(self, repository: str, digest: str, tag: str) -> bool:
        """Whether a tag names an image now, or an index that holds the image."""
        try:
            named = self._find(repository, {"imageTag": tag})
            return digest == named.digest or (named.is_index and digest in {each.digest for each in named.children()})
        except (ArtifactNotFoundError, ArtifactTypeError):
            return False

    def tags(self, repository: str, digest: str) -> tuple[str, ...]:
        """Return all tags of an image, sorted.

        Raises:
            ArtifactNotFoundError: there is no such repository or image.
        """
        try:
            response = self._ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])
        except ClientError as error:
            if code_of(error) not in {"RepositoryNotFoundException", "ImageNotFoundException"}:
                raise
            raise ArtifactNotFoundError(f"{repository} has no image {digest}: {message_of(error)}") from error
        return tuple(sorted(response["imageDetails"][0].get("imageTags", [])))

    def _running(
        self, repository: str, named: RegistryManifest, architecture: str
    ) -> tuple[RegistryManifest, ImageConfiguration]:
        """Return the image for this architecture and its configuration."""
        if named.is_index:
            return self._child(repository, named, architecture)
        configuration = self._configurations.configuration_of(repository, named)
        if configuration.platform != PLATFORMS[architecture]:
            raise of_another_platform(f"The image {named.name}", {configuration.platform}, architecture)
        return named, configuration

    def _child(
        self, repository: str, index: RegistryManifest, architecture: str
    ) -> tuple[RegistryManifest, ImageConfiguration]:
        """Return the first child for this architecture; one about which the index says nothing counts last."""
        wanted, children = PLATFORMS[architecture], index.children()
        held = {each.platform for each in children if each.platform} - {wanted}
        refusal: ArtifactTypeError | None = None
        named, unnamed = ([each for each in children if each.platform == platform] for platform in (wanted, None))
        for child in named + unnamed:
            found = self._find(repository, {"imageDigest": child.digest})
            try:
                configuration = self._configurations.configuration_of(repository, found)
            except ArtifactTypeError as error:
                refusal = error
                continue
            if configuration.platform == wanted:
                return found, configuration
            held.add(configuration.platform)
        if refusal and not held:
            raise refusal
        raise of_another_platform(f"The image index {index.name}", held, architecture)

    def _named(self, repository: str, tag: str | None, digest: str | None) -> RegistryManifest:
        if not digest:
            if not tag:
                raise InvalidRequestError(f"Which image of {repository}? Give a tag or a digest")
            return self._find(repository, {"imageTag": tag})
        named = self._find(repository, {"imageDigest": digest})
        if named.digest != digest:
            raise ArtifactNotFoundError(f"The registry returned {named.digest} for {repository}@{digest}")
        return named

    def _near(self, repository: str, tag: str) -> str:
        """Return the tags that are nearest to one that does not exist, of as many as one call returns."""
        try:
            found = self._ecr.describe_images(
                repositoryName=repository, filter={"tagStatus": "TAGGED"}, maxResults=1000
            )
        except (BotoCoreError, ClientError):  # it is only a hint
            return ""
        return nearest_names(tag, [each for image in found["imageDetails"] for each in image.get("imageTags", [])])

    def _find(self, repository: str, image_id: "ImageIdentifierTypeDef") -> RegistryManifest:
        try:
            response = self._ecr.batch_get_image(
                repositoryName=repository, imageIds=[image_id], acceptedMediaTypes=MEDIA_TYPES
            )
        except ClientError as error:
            if code_of(error) != "RepositoryNotFoundException":
                raise
            raise ArtifactNotFoundError(f"The registry has no repository {repository}: {message_of(error)}") from error
        for failure in response["failures"]:
            sought = failure["imageId"].get("imageDigest") or failure["imageId"].get("imageTag")
            message = f"{repository} has no image {sought}: {failure['failureCode']}: {failure['failureReason']}"
            near = self._near(repository, str(sought)) if "imageTag" in image_id else ""
            raise ArtifactNotFoundError(f"{message}. Tags that it has: {near}." if near else message)
        image = response["images"][0]
        found, document = image["imageId"]["imageDigest"], json.loads(image["imageManifest"])
        # A manifest need not say what it is, and a Helm chart's does not. The registry knows.
        kind = image.get("imageManifestMediaType") or str(document.get("mediaType"))
        return RegistryManifest(f"{repository}@{found}", found, kind, document)


def image_uri(artifact: Artifact, registry_account: str, region: str) -> str:
    """Return an image's address by its digest. Lambda pulls from the registry of its own region only."""
    return f"{registry_account}.dkr.ecr.{region}.{partition_of(region).domain}/{artifact.location}@{artifact.digest}"
