"""What is in a registry, judged by media types and platforms: an image that can run, an index of images, or neither."""

import re
from dataclasses import dataclass
from typing import Any

from gantry.promotion.errors import ArtifactArchitectureError, ArtifactTypeError

PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
"""What images call each architecture. Lambda runs Linux only."""

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_IMAGES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
MEDIA_TYPES = _INDEXES + _IMAGES
"""https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html. An index must be accepted too:
otherwise the registry may return one of its images, whatever its architecture."""

# A Helm chart, a build cache or an SBOM has an image's manifest and a configuration of its own type. The configuration
# of a signature or an attestation is an image's, and its layers are not.
# https://github.com/opencontainers/image-spec/blob/main/media-types.md
# https://github.com/distribution/distribution/blob/main/docs/content/spec/manifest-v2-2.md#media-types
# https://github.com/helm/community/blob/main/hips/hip-0006.md#4-media-types
# https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
_CONFIGURATIONS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)
_LAYER = re.compile(
    r"application/vnd\.(oci\.image\.layer\.(nondistributable\.)?v1\.tar(\+gzip|\+zstd)?"
    r"|docker\.image\.rootfs\.(foreign\.)?diff\.tar(\.gzip|\.zstd)?)"
)
_A_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

# Some builders do not use the names that the specification wants. Container runtimes understand these too:
# https://github.com/containerd/platforms/blob/main/database.go
_ARCHITECTURES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}
_PLATFORM_PART = re.compile(r"[A-Za-z0-9._-]{1,32}")
_ATTESTATION = "unknown/unknown"
"""BuildKit's attestations: https://docs.docker.com/build/metadata/attestations/attestation-storage/"""
_MOST_TYPES, _LONGEST_TYPE = 3, 100
"""How many media types a message has, and how many characters of each."""


@dataclass(frozen=True, slots=True)
class RegistryManifest:
    """One manifest in the registry."""

    name: str
    """`cowsay@sha256:…`"""
    digest: str
    media_type: str
    document: dict[str, Any]

    @property
    def is_index(self) -> bool:
        """Whether it only lists other manifests."""
        return self.media_type in _INDEXES

    def configuration(self) -> str:
        """Return the digest of an image's configuration.

        Raises:
            ArtifactTypeError: this is no image that can run.
        """
        if self.media_type not in _IMAGES:
            raise self._refusal(f"its manifest is {_shown([self.media_type])}; an image's is {' or '.join(_IMAGES)}")
        kind, digest = value_at(self.document, "config", "mediaType"), value_at(self.document, "config", "digest")
        if kind not in _CONFIGURATIONS or not isinstance(digest, str):
            raise self._refusal(f"its configuration is {_shown([kind])}; an image's is {' or '.join(_CONFIGURATIONS)}")
        layers = [value_at(each, "mediaType") for each in _list_at(self.document, "layers")]
        if not layers:
            raise self._refusal("it has no layers")
        if others := [each for each in layers if not _LAYER.fullmatch(str(each))]:
            raise self._refusal(f"its layers are {_shown(others)}; an image's are tar archives, like {_A_LAYER}")
        return digest

    def children(self) -> "tuple[Child, ...]":
        """Return an index' images.

        Raises:
            ArtifactTypeError: there are none.
        """
        listed = [Child.of(each) for each in _list_at(self.document, "manifests")]
        # BuildKit's cache can be an index of layers: https://github.com/moby/buildkit/issues/2251
        images = tuple(each for each in listed if each.media_type in _IMAGES and each.platform != _ATTESTATION)
        if not images:
            found = _shown([each.media_type for each in listed])
            raise self._refusal(f"it is an index of {found}; an image in it is {' or '.join(_IMAGES)} for a platform")
        return images

    def _refusal(self, why: str) -> ArtifactTypeError:
        return ArtifactTypeError(f"The artifact {self.name} is no image that can run, by its media types: {why}")


@dataclass(frozen=True, slots=True)
class Child:
    """What an index says about something that it lists."""

    digest: str
    media_type: object
    platform: str | None
    """What it was built for; None when the index does not say."""

    @classmethod
    def of(cls, descriptor: object) -> "Child":
        """Return what a descriptor says."""
        digest, kind = value_at(descriptor, "digest"), value_at(descriptor, "mediaType")
        return cls(str(digest), kind, platform_of(value_at(descriptor, "platform")))


def _shown(types: list[object]) -> str:
    """Return some media types for a message, which people read in mails and logs."""
    return ", ".join(sorted({ascii(each)[:_LONGEST_TYPE] for each in types})[:_MOST_TYPES]) or "nothing"


def platform_of(document: object) -> str | None:
    """Return what an index or a configuration says about a platform, like `linux/arm64`; None when it does not say."""
    os, architecture = value_at(document, "os"), value_at(document, "architecture")
    if not all(isinstance(each, str) and _PLATFORM_PART.fullmatch(each) for each in (os, architecture)):
        return None
    name = architecture.lower()
    return f"{os.lower()}/{_ARCHITECTURES.get(name, name)}"


def of_another_platform(name: str, held: set[str], architecture: str) -> ArtifactArchitectureError:
    """Return the refusal of an image, or of an index, that was built for these platforms only."""
    return ArtifactArchitectureError(
        f"{name} was built for {', '.join(sorted(held))}, but the service runs on {architecture}. Build with "
        f"--platform={PLATFORMS[architecture]} --provenance=false, or set the architecture of the image in the manifest"
    )


def value_at(document: object, *keys: str) -> Any:  # noqa: ANN401 -- somebody else's document holds anything
    """Return the value at these keys of a document of any shape; None when there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _list_at(document: object, key: str) -> list[object]:
    value = value_at(document, key)
    return value if isinstance(value, list) else []
