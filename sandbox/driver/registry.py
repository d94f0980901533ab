"""Builds tiny container images and pushes them with ECR's own API, as `docker push` would.

An image is one layer with a Python function in `/var/task`, without a base image. That is enough for a stand-in that
runs functions without containers, and ECR describes it like any other image.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from sandbox.driver.host import ARCHITECTURE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_ecr import ECRClient

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
INDEX: Final = "application/vnd.oci.image.index.v1+json"
IMAGE_CONFIGURATION: Final = "application/vnd.oci.image.config.v1+json"
_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
_IN_TOTO: Final = "application/vnd.in-toto+json"
_TASK_ROOT: Final = "/var/task"
# Lambda's names of architectures, and those in images.
_PLATFORMS: Final = {
    "x86_64": {"architecture": "amd64", "os": "linux"},
    "arm64": {"architecture": "arm64", "os": "linux"},
}
_NO_PLATFORM: Final = {"architecture": "unknown", "os": "unknown"}

Document = dict[str, Any]


class Registry:
    """One account's ECR. Digests are strings like `sha256:…`; the same files give the same digest."""

    def __init__(self, ecr: ECRClient) -> None:
        self._ecr = ecr

    def push(  # noqa: PLR0913 -- callers leave most of them out
        self,
        repository: str,
        tag: str | None,
        files: Mapping[str, str | bytes],
        *,
        command: str = "app.handler",
        architecture: str = ARCHITECTURE,
        labels: Mapping[str, str] | None = None,
    ) -> str:
        """Push an image whose working directory has the files, and return its digest."""
        settings = _settings(command, labels)
        pushed: str = self._push_image(repository, tag, files, settings, architecture)["digest"]
        return pushed

    def push_index(
        self,
        repository: str,
        tag: str | None,
        files_by_architecture: Mapping[str, Mapping[str, str | bytes]],
        *,
        attested: bool = False,
        labels: Mapping[str, str] | None = None,
    ) -> str:
        """Push an image index and return its digest; with `attested`, an index like BuildKit's.

        Its images may be there already, under tags of their own.
        """
        settings = _settings("app.handler", labels)
        children = [
            self._push_image(repository, None, files, settings, architecture)
            for architecture, files in files_by_architecture.items()
        ]
        if attested:
            children += [self._push_attestation(repository, child["digest"]) for child in children]
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": children}
        pushed: str = self._put(repository, tag, index)["digest"]
        return pushed

    def push_artifact(self, repository: str, tag: str, configuration: str, layer: str) -> str:
        """Push something that is no image, and return its digest. Its configuration and its layer have these types."""
        content = self._push_blob(repository, f"what {tag} is".encode(), layer)
        pushed: str = self._put(repository, tag, self._manifest(repository, {}, content, configuration))["digest"]
        return pushed

    def uri(self, repository: str, digest: str) -> str:
        """Return the image's URI with its digest, as Lambda takes it."""
        described = self._ecr.describe_repositories(repositoryNames=[repository])["repositories"][0]
        return f"{described['repositoryUri']}@{digest}"

    def _push_image(
        self, repository: str, tag: str | None, files: Mapping[str, str | bytes], settings: Document, architecture: str
    ) -> Document:
        """Push layer, configuration and manifest, and return the image's entry in an index."""
        platform, archive = _PLATFORMS[architecture], _tar(files)
        config = {
            **platform,
            "config": settings,
            "rootfs": {"type": "layers", "diff_ids": [_digest(archive)]},
        }
        layer = self._push_blob(repository, gzip.compress(archive, mtime=0), _LAYER)
        manifest = self._manifest(repository, config, layer)
        return {**self._put(repository, tag, manifest), "platform": platform}

    def _push_attestation(self, repository: str, digest: str) -> Document:
        """Push a provenance statement about an image. It looks like an image for an unknown platform."""
        algorithm, value = digest.split(":")
        statement = {
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": "https://slsa.dev/provenance/v0.2",
            "subject": [{"name": repository, "digest": {algorithm: value}}],
            "predicate": {},
        }
        layer = self._push_blob(repository, json.dumps(statement).encode(), _IN_TOTO)
        manifest = self._manifest(repository, _NO_PLATFORM, layer)
        annotations = {
            "vnd.docker.reference.digest": digest,
            "vnd.docker.reference.type": "attestation-manifest",
        }
        return {**self._put(repository, None, manifest), "platform": _NO_PLATFORM, "annotations": annotations}

    def _manifest(
        self, repository: str, config: Document, layer: Document, config_type: str = IMAGE_CONFIGURATION
    ) -> Document:
        described = self._push_blob(repository, json.dumps(config).encode(), config_type)
        return {"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": [layer]}

    def _put(self, repository: str, tag: str | None, manifest: Document) -> Document:
        text, media_type = json.dumps(manifest), manifest["mediaType"]
        request: Document = {"repositoryName": repository, "imageManifest": text, "imageManifestMediaType": media_type}
        with suppress(*([] if tag else [self._ecr.exceptions.ImageAlreadyExistsException])):
            self._ecr.put_image(**request, **({"imageTag": tag} if tag else {}))
        return {"mediaType": media_type, "digest": _digest(text.encode()), "size": len(text)}

    def _push_blob(self, repository: str, content: bytes, media_type: str) -> Document:
        """Upload the content unless it exists already, and return its descriptor."""
        digest = _digest(content)
        there = self._ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[digest])["layers"]
        if not any(layer["layerAvailability"] == "AVAILABLE" for layer in there):
            upload = self._ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
            self._ecr.upload_layer_part(
                repositoryName=repository,
                uploadId=upload,
                partFirstByte=0,
                partLastByte=len(content) - 1,
                layerPartBlob=content,
            )
            self._ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest])
        return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _settings(command: str, labels: Mapping[str, str] | None) -> Document:
    """Return what a Dockerfile sets with CMD, WORKDIR and LABEL."""
    return {"Cmd": [command], "WorkingDir": _TASK_ROOT, **({"Labels": dict(labels)} if labels else {})}


def _tar(files: Mapping[str, str | bytes]) -> bytes:
    """Pack the files below the working directory. Equal files give equal bytes: it has no times or owners."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, given in sorted(files.items()):
            content = given.encode() if isinstance(given, str) else given
            member = tarfile.TarInfo(f"{_TASK_ROOT}/{name}".lstrip("/"))
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
