"""Container images in the registry of the pipeline's account: which one can run, its tags, and who pushed it."""

import json
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import ArtifactArchitectureError, ArtifactNotFoundError, InvalidRequestError
from gantry.promotion.promotion_origin import as_name

if TYPE_CHECKING:
    from mypy_boto3_ecr.client import ECRClient
    from mypy_boto3_ecr.type_defs import ImageIdentifierTypeDef, ImageTypeDef

_PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
"""What registries call each architecture."""

_MEDIA_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
"""https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html. An index must be accepted too:
otherwise the registry may return one of its images, whatever its architecture."""

_LABEL = "pushed-by"
_LONGEST_CONFIGURATION = 1024 * 1024
_DOWNLOAD_SECONDS = 5
_NOT_SERVED = {"LayersNotFoundException", "LayerInaccessibleException", "UnableToGetUpstreamLayerException"}
"""Errors of one configuration, and not of the registry or the pipeline's permissions:
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html#API_GetDownloadUrlForLayer_Errors"""


@dataclass(frozen=True, slots=True)
class ContainerImage:
    """An image that can run, and what the registry knows about it."""

    artifact: Artifact
    tags: tuple[str, ...] = ()
    """All tags of the image that was named, sorted. An index has tags, its children do not."""
    pushed_by: str | None = None
    """The label `pushed-by` of the image that runs; None when it has none, or none that can be read."""
    unreadable: str | None = None
    """Why the label cannot be read, for the log; None when it can be read, or when there is none."""


class ContainerImages:
    """The registry of the pipeline's own account and region."""

    def __init__(self, ecr: "ECRClient") -> None:
        self._ecr = ecr

    def resolve(
        self, repository: str, architecture: str, tag: str | None = None, digest: str | None = None
    ) -> ContainerImage:
        """Return the one image that runs on this architecture.

        Lambda does not run an image index (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html,
        "Lambda does not support multi-architecture container images"), so this is the index' child. The manifest of a
        single image does not name the architecture.

        A label that cannot be read is no error: the push is promoted without it. `PromotionOrigin` says what that means
        for `self_approval: false`.

        Args:
            repository: the repository's name.
            architecture: `x86_64` or `arm64`.
            tag: a name for people; ignored when there is a digest, because a tag may have moved since.
            digest: the digest of an image or of an index.

        Raises:
            ArtifactNotFoundError: there is no such repository or image.
            ArtifactArchitectureError: the index has none for this architecture.
        """
        named = self._named(repository, tag, digest)
        found = named["imageId"]["imageDigest"]
        run, manifest = found, json.loads(named["imageManifest"])
        if "manifests" in manifest:
            run = _child(f"{repository}@{found}", manifest["manifests"], architecture)
            manifest = json.loads(self._find(repository, {"imageDigest": run})["imageManifest"])
        pushed_by, unreadable = self._pushed_by(repository, manifest)
        artifact = Artifact(ArtifactKind.CONTAINER_IMAGE, run, repository)
        return ContainerImage(artifact, self._tags(repository, found), pushed_by, unreadable)

    def _named(self, repository: str, tag: str | None, digest: str | None) -> "ImageTypeDef":
        if not digest:
            if not tag:
                raise InvalidRequestError(f"Which image of {repository}? Give a tag or a digest")
            return self._find(repository, {"imageTag": tag})
        named = self._find(repository, {"imageDigest": digest})
        found = named["imageId"]["imageDigest"]
        if found != digest:
            raise ArtifactNotFoundError(f"The registry returned {found} for {repository}@{digest}")
        return named

    def _find(self, repository: str, image_id: "ImageIdentifierTypeDef") -> "ImageTypeDef":
        try:
            response = self._ecr.batch_get_image(
                repositoryName=repository, imageIds=[image_id], acceptedMediaTypes=_MEDIA_TYPES
            )
        except ClientError as error:
            if code_of(error) != "RepositoryNotFoundException":
                raise
            raise ArtifactNotFoundError(f"The registry has no repository {repository}: {message_of(error)}") from error
        for failure in response["failures"]:
            sought = failure["imageId"].get("imageDigest") or failure["imageId"].get("imageTag")
            message = f"{repository} has no image {sought}: {failure['failureCode']}: {failure['failureReason']}"
            raise ArtifactNotFoundError(message)
        return response["images"][0]

    def _tags(self, repository: str, digest: str) -> tuple[str, ...]:
        response = self._ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])
        return tuple(sorted(response["imageDetails"][0].get("imageTags", [])))

    def _pushed_by(self, repository: str, manifest: dict[str, Any]) -> tuple[str | None, str | None]:
        """Return the label, and why it cannot be read."""
        digest = _at(manifest, "config", "digest")
        if not isinstance(digest, str):
            return None, "the image's manifest has no configuration"
        try:
            label = _at(json.loads(self._blob(repository, digest)), "config", "Labels", _LABEL)
        except ClientError as error:
            if code_of(error) not in _NOT_SERVED:
                raise
            return None, f"{digest}: {code_of(error)}: {message_of(error)}"
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            return None, f"{digest}: {type(error).__name__}: {error}"
        name = as_name(label)
        return name, None if name or label is None else f"{digest}: its label {_LABEL} is not printable text"

    def _blob(self, repository: str, digest: str) -> bytes:
        """Return a configuration's bytes, once their digest is checked.

        ECR's documentation speaks of layers; AWS' own client downloads configurations in the same way:
        https://github.com/awslabs/amazon-ecr-containerd-resolver/blob/main/ecr/fetcher.go. The address is a signed one
        of S3, so that the role needs no permission there.
        """
        url = self._ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest)["downloadUrl"]
        if urlsplit(url).scheme != urlsplit(self._ecr.meta.endpoint_url).scheme:
            raise ValueError("its address is not as secure as the registry's own")
        with urlopen(url, timeout=_DOWNLOAD_SECONDS) as response:  # noqa: S310 -- the scheme is the registry's own
            content: bytes = response.read(_LONGEST_CONFIGURATION + 1)
        if len(content) > _LONGEST_CONFIGURATION:
            raise ValueError(f"it is longer than {_LONGEST_CONFIGURATION} bytes")
        if f"sha256:{sha256(content).hexdigest()}" != digest:
            raise ValueError("the downloaded bytes have another digest")
        return content


def image_uri(artifact: Artifact, registry_account: str, region: str) -> str:
    """Return an image's address by its digest. Lambda pulls from the registry of its own region only."""
    return f"{registry_account}.dkr.ecr.{region}.amazonaws.com/{artifact.location}@{artifact.digest}"


def _at(document: object, *keys: str) -> Any:  # noqa: ANN401 -- somebody else's document holds anything
    """Return the value at these keys of a document of any shape; None when there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _child(index: str, children: list[dict[str, Any]], architecture: str) -> str:
    """Return the digest of the child for an architecture.

    BuildKit's attestations are children too. Their platform is unknown/unknown, so that they never match:
    https://docs.docker.com/build/metadata/attestations/attestation-storage/
    """
    wanted = _PLATFORMS[architecture]
    platforms = {_platform(child): str(child["digest"]) for child in reversed(children)}
    if wanted in platforms:
        return platforms[wanted]
    held = ", ".join(sorted(platforms.keys() - {"unknown/unknown"})) or "no image"
    message = (
        f"The image index {index} holds {held}, but the service runs on {architecture}. Build with --platform={wanted} "
        "--provenance=false, or set the architecture of the image in the manifest"
    )
    raise ArtifactArchitectureError(message)


def _platform(child: dict[str, Any]) -> str:
    platform = child.get("platform", {})
    return f"{platform.get('os', 'unknown')}/{platform.get('architecture', 'unknown')}"
