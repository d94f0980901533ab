"""Images in the registry of the pipeline's account: which one Lambda runs, its tags, and who pushed it."""

import json
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit
from urllib.request import urlopen

from botocore.exceptions import ClientError

from gantry.aws.clients import client, code_of, message_of
from gantry.promotion.errors import ArtifactArchitectureError, ArtifactNotFoundError, InvalidRequestError
from gantry.promotion.promotion_origin import as_name

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

_LABEL = "pushed-by"
_LONGEST_CONFIGURATION = 1024 * 1024
_DOWNLOAD_SECONDS = 5
_NOT_SERVED = {"LayersNotFoundException", "LayerInaccessibleException", "UnableToGetUpstreamLayerException"}
"""What is wrong with one configuration, and not with the registry or with the pipeline's rights:
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html#API_GetDownloadUrlForLayer_Errors"""


@dataclass(frozen=True, slots=True)
class Image:
    """An image that Lambda runs, and what the registry tells of it."""

    digest: str
    tags: tuple[str, ...] = ()
    """All tags of the image that was named, sorted: of an index its own, because its children have none."""
    pushed_by: str | None = None
    """The label `pushed-by` of the image that Lambda runs; None when it has none, or none that can be read."""
    unreadable: str | None = None
    """Why its label cannot be read, in words for the log; None when it can, or when there is none."""


class Images:
    """The registry of the pipeline's own account and region."""

    def __init__(self, ecr: "ECRClient") -> None:
        self._ecr = ecr

    @classmethod
    def from_env(cls) -> Self:
        """The registry of the account the function runs in."""
        return cls(client("ecr"))

    def resolve(self, repository: str, architecture: str, tag: str | None = None, digest: str | None = None) -> Image:
        """The one image that a function of this architecture runs.

        Lambda does not run an image index (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html,
        "Lambda does not support multi-architecture container images"), so it is the index' child. Of an image that
        stands alone the manifest does not tell the architecture.

        A label that cannot be read is unknown, and no error: a push is promoted without it. What that means for
        `self_approval: false` stands at `promotion.origin.PromotionOrigin`.

        Args:
            repository: the repository's name.
            architecture: `x86_64` or `arm64`.
            tag: a name for people; not looked at when there is a digest, because it may have moved since.
            digest: of an image or of an index.

        Raises:
            ArtifactNotFoundError: there is no such repository or image.
            ArtifactArchitectureError: the index has none for this architecture.
        """
        if digest:
            named = self._find(repository, {"imageDigest": digest})
        elif tag:
            named = self._find(repository, {"imageTag": tag})
        else:
            raise InvalidRequestError(f"which image of {repository}? Give a tag or a digest")
        found = named["imageId"]["imageDigest"]
        if digest and found != digest:
            raise ArtifactNotFoundError(f"asked for {repository}@{digest}, the registry answered with {found}")
        run, manifest = found, json.loads(named["imageManifest"])
        if "manifests" in manifest:
            run = _child(f"{repository}@{found}", manifest["manifests"], architecture)
            manifest = json.loads(self._find(repository, {"imageDigest": run})["imageManifest"])
        pushed_by, unreadable = self._pushed_by(repository, manifest)
        return Image(run, self._tags(repository, found), pushed_by, unreadable)

    def _find(self, repository: str, image_id: "ImageIdentifierTypeDef") -> "ImageTypeDef":
        try:
            answer = self._ecr.batch_get_image(
                repositoryName=repository, imageIds=[image_id], acceptedMediaTypes=_MEDIA_TYPES
            )
        except ClientError as error:
            if code_of(error) != "RepositoryNotFoundException":
                raise
            raise ArtifactNotFoundError(f"the registry has no repository {repository}: {message_of(error)}") from error
        for failure in answer["failures"]:
            sought = failure["imageId"].get("imageDigest") or failure["imageId"].get("imageTag")
            message = f"{repository} has no image {sought}: {failure['failureCode']}: {failure['failureReason']}"
            raise ArtifactNotFoundError(message)
        return answer["images"][0]

    def _tags(self, repository: str, digest: str) -> tuple[str, ...]:
        answer = self._ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])
        return tuple(sorted(answer["imageDetails"][0].get("imageTags", [])))

    def _pushed_by(self, repository: str, manifest: dict[str, Any]) -> tuple[str | None, str | None]:
        """What the label says, and why it cannot be read."""
        digest = _at(manifest, "config", "digest")
        if not isinstance(digest, str):
            return None, "the image's manifest names no configuration"
        try:
            label = _at(json.loads(self._blob(repository, digest)), "config", "Labels", _LABEL)
        except ClientError as error:
            if code_of(error) not in _NOT_SERVED:
                raise
            return None, f"{digest}: {code_of(error)}: {message_of(error)}"
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            return None, f"{digest}: {type(error).__name__}: {error}"
        name = as_name(label)
        return name, None if name or label is None else f"{digest}: its label {_LABEL} is no printable text"

    def _blob(self, repository: str, digest: str) -> bytes:
        """A configuration's bytes. Whichever way they came, they are what the manifest's digest says.

        ECR's documentation speaks of layers; AWS' own client takes configurations the same way:
        https://github.com/awslabs/amazon-ecr-containerd-resolver/blob/main/ecr/fetcher.go. The address is S3's and
        signed, so that the role needs no right there.
        """
        url = self._ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest)["downloadUrl"]
        if urlsplit(url).scheme != urlsplit(self._ecr.meta.endpoint_url).scheme:
            raise ValueError("its address is not as protected as the registry's own")
        with urlopen(url, timeout=_DOWNLOAD_SECONDS) as answer:  # noqa: S310 -- the scheme is the registry's own
            content: bytes = answer.read(_LONGEST_CONFIGURATION + 1)
        if len(content) > _LONGEST_CONFIGURATION:
            raise ValueError(f"it is longer than {_LONGEST_CONFIGURATION} bytes")
        if f"sha256:{sha256(content).hexdigest()}" != digest:
            raise ValueError("what came has another digest")
        return content


def _at(document: object, *keys: str) -> Any:  # noqa: ANN401 -- somebody else's document holds anything
    """What stands there in a document of any shape; None when nothing does."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


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
    raise ArtifactArchitectureError(message)


def _platform(child: dict[str, Any]) -> str:
    platform = child.get("platform", {})
    return f"{platform.get('os', 'unknown')}/{platform.get('architecture', 'unknown')}"
