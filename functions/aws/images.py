"""Images in the registry of the pipeline's account: from a tag or a digest to the digest that Lambda runs."""

import json
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from aws.clients import client, code_of, message_of
from promotion.errors import ImageArchitectureError, ImageNotFoundError, InvalidRequestError

if TYPE_CHECKING:
    from mypy_boto3_ecr.client import ECRClient
    from mypy_boto3_ecr.type_defs import ImageIdentifierTypeDef, ImageTypeDef

_PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
"""Lambda's names for what registries call a platform."""

_MEDIA_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
"""https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html. An index must be among what is
accepted: the registry may otherwise answer with one of its images, of an architecture nobody asked for."""


class Images:
    """The registry of the pipeline's own account and region."""

    def __init__(self, ecr: "ECRClient") -> None:
        self._ecr = ecr

    @classmethod
    def from_env(cls) -> Self:
        """The registry of the account the function runs in."""
        return cls(client("ecr"))

    def resolve(self, repository: str, architecture: str, tag: str | None = None, digest: str | None = None) -> str:
        """The digest of the one image that a function of this architecture runs.

        Lambda does not run an image index (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html,
        "Lambda does not support multi-architecture container images"), so it is the index' child. Of an image that
        stands alone the manifest does not tell the architecture.

        Args:
            repository: the repository's name.
            architecture: `x86_64` or `arm64`.
            tag: a name for people; not looked at when there is a digest, because it may have moved since.
            digest: of an image or of an index.

        Raises:
            ImageNotFoundError: there is no such repository or image.
            ImageArchitectureError: the index has none for this architecture.
        """
        if digest:
            image = self._find(repository, {"imageDigest": digest})
        elif tag:
            image = self._find(repository, {"imageTag": tag})
        else:
            raise InvalidRequestError(f"which image of {repository}? Give a tag or a digest")
        found = image["imageId"]["imageDigest"]
        if digest and found != digest:
            raise ImageNotFoundError(f"asked for {repository}@{digest}, the registry answered with {found}")
        manifest = json.loads(image["imageManifest"])
        if "manifests" not in manifest:
            return found
        return _child(f"{repository}@{found}", manifest["manifests"], architecture)

    def _find(self, repository: str, image_id: "ImageIdentifierTypeDef") -> "ImageTypeDef":
        try:
            answer = self._ecr.batch_get_image(
                repositoryName=repository, imageIds=[image_id], acceptedMediaTypes=_MEDIA_TYPES
            )
        except ClientError as error:
            if code_of(error) != "RepositoryNotFoundException":
                raise
            raise ImageNotFoundError(f"the registry has no repository {repository}: {message_of(error)}") from error
        for failure in answer["failures"]:
            sought = failure["imageId"].get("imageDigest") or failure["imageId"].get("imageTag")
            message = f"{repository} has no image {sought}: {failure['failureCode']}: {failure['failureReason']}"
            raise ImageNotFoundError(message)
        return answer["images"][0]


def _child(index: str, children: list[dict[str, Any]], architecture: str) -> str:
    """The digest of the child for an architecture.

    BuildKit's attestations are children as well, of the platform unknown/unknown, so that they never match:
    https://docs.docker.com/build/metadata/attestations/attestation-storage/
    """
    wanted = _PLATFORMS[architecture]
    platforms = {_platform(child): str(child["digest"]) for child in reversed(children)}
    if wanted in platforms:
        return platforms[wanted]
    held = ", ".join(sorted(platforms.keys() - {"unknown/unknown"})) or "no image"
    message = (
        f"the image index {index} holds {held}, but the functions run {architecture}: build with --platform={wanted} "
        "--provenance=false, or give the architecture that it holds in the manifest"
    )
    raise ImageArchitectureError(message)


def _platform(child: dict[str, Any]) -> str:
    platform = child.get("platform", {})
    return f"{platform.get('os', 'unknown')}/{platform.get('architecture', 'unknown')}"
