"""Reads the image of a function or a container out of the stand-in's ECR."""

import fnmatch
import gzip
import io
import json
import platform
import re
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from ministack.core.responses import get_account_id
from ministack.services import ecr

from sandbox.stand_in.repairs.ecr.layers import blob
from sandbox.stand_in.repairs.functions.image_rights import lambda_may_read, task_may_read
from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.repairs.scope import in_scope

_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^:@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
)
_INDEXES = (
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)
_PLATFORM = "arm64" if platform.machine() in {"arm64", "aarch64"} else "amd64"
_LAYERS = (
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar",
)
_WHITEOUT = ".wh."


class ImageSourceError(Exception):
    """The image cannot be taken. The message is AWS' own."""

    def __init__(self, message: str, code: str = "InvalidParameterValueException", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class SourceImage:
    """An image that a function or a container can run. `code` is a zip archive of its working directory."""

    resolved_uri: str
    code: bytes
    command: list[str]

    @property
    def sha256(self) -> str:
        """The image's digest, which Lambda shows as `CodeSha256`."""
        return self.resolved_uri.rsplit(":", 1)[-1]


def read_image(uri: str, function_arn: str) -> SourceImage:
    """Read the image at the URI, for the function. Raises ImageSourceError."""
    found = _URI.fullmatch(uri)
    if found is None:
        raise ImageSourceError(f"Source image {uri} is not valid. Provide a valid source image.")
    account, foreign = get_account_id(), found["account"] != get_account_id()

    def check_rights(repository: str) -> None:
        if foreign and not lambda_may_read(repository, function_arn, account):
            raise ImageSourceError(
                "Lambda does not have permission to access the ECR image. Check the ECR permissions.",
                "AccessDeniedException",
                403,
            )

    return in_scope(found["account"], found["region"], _read, uri, found, check_rights)


def pull_image(uri: str, role_arn: str) -> SourceImage:
    """Read the image at the URI with a task's execution role, if it has one. Raises ImageSourceError."""
    found = _URI.fullmatch(uri)
    if found is None:
        raise ImageSourceError(f"{uri}: not found")
    account, foreign = get_account_id(), found["account"] != get_account_id()

    def check_rights(repository: str) -> None:
        if not task_may_read(repository, role_arn, account, found["region"], foreign=foreign):
            raise ImageSourceError("403 Forbidden", "AccessDeniedException", 403)

    return in_scope(found["account"], found["region"], _read, uri, found, check_rights, of_index=True)


def has_image(uri: str) -> bool:
    """Return whether the registry still has the image at a URI with a digest."""
    found = _URI.fullmatch(uri)
    return bool(found and _find(found))


def is_in_registry(uri: str) -> bool:
    """Return whether a URI names an image in ECR, be it there or not."""
    return _URI.fullmatch(uri) is not None


def digest_at(uri: str) -> str | None:
    """Return the digest of the image at a URI with a digest or a tag; None if the registry does not have it."""
    found = _URI.fullmatch(uri)
    if found is None:
        return uri.partition("@")[2] or None
    return (_find(found) or {}).get("imageDigest")


def _find(found: re.Match[str]) -> Json | None:
    wanted = {"imageDigest": found["digest"]} if found["digest"] else {"imageTag": found["tag"] or "latest"}
    image: Json | None = in_scope(found["account"], found["region"], ecr._find_image, found["repository"], wanted)
    return image


def _read(
    uri: str, found: re.Match[str], check_rights: Callable[[str], None], *, of_index: bool = False
) -> SourceImage:
    repository = found["repository"]
    check_rights(repository)
    named = image = _find(found)
    if of_index and named and named["imageManifestMediaType"] in _INDEXES:
        image = _of_this_machine(repository, json.loads(named["imageManifest"]))
    if named is None or image is None:
        raise ImageSourceError(f"Source image {uri} does not exist. Provide a valid source image.")
    manifest = json.loads(image["imageManifest"])
    layers = [layer["mediaType"] for layer in manifest.get("layers", [])]
    if image["imageManifestMediaType"] not in _MANIFESTS or not set(layers) <= set(_LAYERS):
        raise ImageSourceError(
            f"The image manifest, config or layer media type for the source image {uri} is not supported."
        )
    config = json.loads(blob(repository, manifest["config"]["digest"]) or b"{}").get("config") or {}
    home = f"{found['account']}.dkr.ecr.{found['region']}.amazonaws.com/{repository}"
    code = _archive(_files(repository, manifest), config.get("WorkingDir") or "/var/task")
    return SourceImage(f"{home}@{named['imageDigest']}", code, config.get("Cmd") or [])


def _of_this_machine(repository: str, index: Json) -> Json | None:
    """Return the image of an index that runs here."""
    names = [each["digest"] for each in index["manifests"] if each.get("platform", {}).get("architecture") == _PLATFORM]
    image: Json | None = ecr._find_image(repository, {"imageDigest": names[0]}) if names else None
    return image


def _files(repository: str, manifest: Json) -> dict[str, bytes]:
    """Return the image's files by absolute path. Each layer adds, replaces and removes files of those below."""
    files: dict[str, bytes] = {}
    for layer in manifest["layers"]:
        content = blob(repository, layer["digest"]) or b""
        unpacked = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        with tarfile.open(fileobj=io.BytesIO(unpacked)) as archive:
            for member in archive.getmembers():
                path = PurePosixPath("/", member.name)
                extracted = archive.extractfile(member) if member.isfile() else None
                if path.name.startswith(_WHITEOUT):
                    gone = str(path.with_name(path.name.removeprefix(_WHITEOUT)))
                    files = {name: data for name, data in files.items() if not fnmatch.fnmatchcase(name, f"{gone}*")}
                elif extracted:
                    files[str(path)] = extracted.read()
    return files


def _archive(files: dict[str, bytes], folder: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in sorted(files.items()):
            if PurePosixPath(path).is_relative_to(folder):
                archive.writestr(zipfile.ZipInfo(str(PurePosixPath(path).relative_to(folder))), content)
    return buffer.getvalue()
