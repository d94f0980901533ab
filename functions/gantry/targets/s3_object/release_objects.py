"""The objects of a release of many, as its release manifest lists them."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from gantry.promotion.artifact import Artifact
from gantry.promotion.errors import ArtifactTypeError
from gantry.promotion.object_name import KEY_PATTERN

MOST = 500
LARGEST_MANIFEST = 1024 * 1024
"""Bytes."""
LARGEST_RELEASE = 200 * 1024**3
"""Bytes of all objects of a release. At 25 MB a second, which is 5 GB in `LONGEST_COPY`, ten threads begin copies of
15 GB in each try, so that half of the 30 tries of `PrepareRevision` are enough."""
LARGEST_LIVE = 256 * 1024**2
"""Bytes of what a write of the live key may copy.

A rollback waits five seconds for it, and no write is sent twice: see `making`. S3 copies some 100 MB a second and more
within a bucket, which AWS does not promise: docs/unverified.md."""

_RIGHT = (
    'It has to be {"objects": [{"key": "index.html", "version_id": "…", "sha256": "<64 hex digits>", "content_type": '
    '"text/html", "cache_control": "max-age=60"}]}; the last two are optional, and keys are relative'
)
_REQUIRED, _OPTIONAL = frozenset({"key", "version_id", "sha256"}), frozenset({"content_type", "cache_control"})


@dataclass(frozen=True, slots=True)
class ReleaseObject:
    """One object of a release, in the artifact's bucket."""

    key: str
    """In the release: below its folder."""
    version: str
    digest: str
    headers: Mapping[str, str]
    """By lower-case name."""

    def in_bucket(self, manifest: Artifact) -> Artifact:
        """Return where it lies: beside the release manifest that lists it."""
        location = f"{manifest.bucket}/{folder_of(manifest)}{self.key}"
        return replace(manifest, digest=self.digest, location=location, version=self.version)


def folder_of(manifest: Artifact) -> str:
    """Return the folder of a release manifest, in which its objects lie, with a slash at its end; empty at the top."""
    return manifest.key[: manifest.key.rfind("/") + 1]


def release_objects(artifact: Artifact, content: bytes) -> tuple[ReleaseObject, ...]:
    """Return the objects that a release manifest lists.

    Raises:
        ArtifactTypeError: it is no release manifest; the message says what would be right.
    """
    try:
        listed = json.loads(content)["objects"]
    except (ValueError, TypeError, LookupError, RecursionError):
        _refuse(artifact, "it is no JSON object with `objects`")
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST:
        _refuse(artifact, f"`objects` has to be a list of 1 to {MOST} objects")
    found = tuple(_object(artifact, index, each) for index, each in enumerate(listed))
    repeated = [key for key, times in Counter(each.key for each in found).items() if times > 1]
    if repeated:
        _refuse(artifact, f"the key {repeated[0]} is given more than once")
    return found


def _object(artifact: Artifact, index: int, given: Any) -> ReleaseObject:  # noqa: ANN401 -- what JSON holds
    where = f"objects[{index}]"
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        _refuse(artifact, f"{where} is no object of texts")
    if missing := sorted(_REQUIRED - given.keys()):
        _refuse(artifact, f"{where} has no {missing[0]}")
    if unknown := sorted(given.keys() - _REQUIRED - _OPTIONAL):
        _refuse(artifact, f"{where} has the unknown key {unknown[0]!r}")
    if not re.fullmatch(KEY_PATTERN, given["key"]):
        _refuse(artifact, f"{where}: {given['key']!r} is no relative key of letters, digits and . _ = + @ - /")
    if not re.fullmatch("[0-9a-f]{64}", given["sha256"]):
        _refuse(artifact, f"{where}: {given['sha256']!r} is no SHA-256 of 64 hex digits")
    if given["version_id"] in {"", "null"}:
        _refuse(artifact, f"{where}: give the version id; the bucket needs versioning")
    for name in sorted(_OPTIONAL & given.keys()):
        if not re.fullmatch(r"[ -~]{1,1024}", given[name]):
            _refuse(artifact, f"{where}: {name} has to be printable ASCII")
    headers = {name.replace("_", "-"): given[name] for name in sorted(_OPTIONAL & given.keys())}
    return ReleaseObject(given["key"], given["version_id"], f"sha256:{given['sha256']}", headers)


def _refuse(artifact: Artifact, why: str) -> NoReturn:
    raise ArtifactTypeError(f"s3://{artifact.location} is no release manifest of many objects: {why}. {_RIGHT}")
