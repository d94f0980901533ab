"""An image's configuration, downloaded from the registry: its platform, who pushed it, its source."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from http.client import IncompleteRead
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from botocore.exceptions import ClientError

from gantry.artifacts.checksums import digest_of
from gantry.artifacts.image_manifest import RegistryManifest, platform_of, value_at
from gantry.aws.clients import code_of, message_of
from gantry.promotion.errors import ArtifactArchitectureError
from gantry.promotion.promotion_origin import as_name
from gantry.promotion.source import IMAGE_LABELS, Source

if TYPE_CHECKING:
    from mypy_boto3_ecr.client import ECRClient

_LABEL = "pushed-by"
_LONGEST = 1024 * 1024
_DOWNLOAD_SECONDS = 5
_NOT_SERVED = {"LayersNotFoundException", "LayerInaccessibleException"}
"""Errors of one configuration, and not of the registry or the pipeline's permissions:
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html#API_GetDownloadUrlForLayer_Errors"""
_TEMPORARY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class ImageConfiguration:
    """What Gantry reads in a configuration."""

    platform: str
    """What the image was built for: `linux/arm64`."""
    pushed_by: str | None
    """The label `pushed-by`; None when there is none, or none that can be a name."""
    source: Source | None
    """Where it comes from; None where neither annotations nor labels say it."""


class ImageConfigurations:
    """The configurations in the registry of the pipeline's own account and region."""

    def __init__(self, ecr: "ECRClient") -> None:
        self._ecr = ecr

    def configuration_of(self, repository: str, image: RegistryManifest) -> ImageConfiguration:
        """Return an image's configuration.

        What may be right a moment later escapes under its own name, so that the state is tried again.

        Raises:
            ArtifactTypeError: it is no image that can run.
            ArtifactArchitectureError: the configuration does not name a platform, or cannot be read; so nobody knows
                whether the image can run on the service's targets.
        """
        digest = image.configuration()
        try:
            document = json.loads(self._blob(repository, digest))
        except ClientError as error:
            if code_of(error) not in _NOT_SERVED:
                raise
            raise _unknown(image, f"{code_of(error)}: {message_of(error)}") from error
        except HTTPError as error:
            if error.code in _TEMPORARY or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            raise _unknown(image, f"its download was refused with HTTP {error.code} {error.reason}") from error
        except (ValueError, RecursionError) as error:
            raise _unknown(image, f"{type(error).__name__}: {error}") from error
        platform = platform_of(document)
        if platform is None:
            raise _unknown(image, "it does not say os and architecture")
        labels = value_at(document, "config", "Labels")
        # A base image's labels are inherited, and annotations are not. So these come first.
        source = Source.labelled(IMAGE_LABELS, value_at(image.document, "annotations"), labels)
        return ImageConfiguration(platform, as_name(value_at(labels, _LABEL)), source)

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
            content: bytes = response.read(_LONGEST + 1)
            missing: int = response.length or 0
        if len(content) > _LONGEST:
            raise ValueError(f"it is longer than {_LONGEST} bytes")
        if missing:
            raise IncompleteRead(content, missing)
        if digest_of(content) != digest:
            raise ValueError("the downloaded bytes have another digest")
        return content


def _unknown(image: RegistryManifest, why: str) -> ArtifactArchitectureError:
    return ArtifactArchitectureError(
        f"What {image.name} was built for is unknown, because its configuration {image.configuration()} cannot be "
        f"read: {why}. Build and push the image again"
    )
