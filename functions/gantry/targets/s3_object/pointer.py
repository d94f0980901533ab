"""A pointer to many objects."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from gantry.promotion.artifact import Artifact
from gantry.targets.s3_object.bucket import Bucket, WriteRefusedError
from gantry.targets.s3_object.checksums import digest_of
from gantry.targets.s3_object.form import StoredSettings, given, require_same
from gantry.targets.s3_object.immutable_copies import ImmutableCopies, WantedCopy
from gantry.targets.s3_object.release_objects import LARGEST_MANIFEST, release_objects
from gantry.targets.s3_object.settings import Settings
from gantry.targets.s3_object.source import Source
from gantry.targets.s3_object.stored_object import ARCHIVES, StoredObject, own_metadata


class Pointer:
    """The artifact lists many objects. Its prepared object is what the pointer says, but for when it was written.

    Args:
        bucket: the target's bucket, by a client that may wait for a copy of 5 GB.
        artifact_account: the account of the artifact buckets.
        nonce: returns another text each time. With it, no two pointers have the same ETag.
    """

    content_type = "application/json"

    def __init__(self, bucket: Bucket, artifact_account: str, nonce: Callable[[], str]) -> None:
        self._bucket = bucket
        self._artifact_account = artifact_account
        self._nonce = nonce

    def refusal(self, artifact: Artifact) -> str | None:
        """Return None: only the pointer is written under the live key, and `prepare` reads what it leads to."""
        del artifact
        return None

    def prepare(self, artifact: Artifact, revision: str, wanted: Settings) -> None:
        """Copy the objects, and write what the pointer will say once all are there."""
        listed = Source(artifact.bucket, artifact.key, artifact.version or "", self._artifact_account)
        content = self._bucket.artifact_content(listed, artifact.digest, LARGEST_MANIFEST)
        folder = self._bucket.target.release_folder(artifact.digest)
        source_folder = artifact.key[: artifact.key.rfind("/") + 1]
        objects = release_objects(artifact, content)
        copies = [
            WantedCopy(
                Source(artifact.bucket, f"{source_folder}{each.key}", each.version, self._artifact_account),
                f"{folder}{each.key}",
                each.digest,
                Settings(each.headers).request(),
            )
            for each in objects
        ]
        ImmutableCopies(self._bucket).copy_all(copies, folder)
        body = _json({"release": artifact.digest, "prefix": folder, "objects": len(objects), "values": wanted.values})
        self._put_prepared(body, revision, artifact, wanted)

    def settings(self, prepared: StoredObject) -> Settings:
        """Return its metadata and its values."""
        return Settings(prepared.given_metadata, json.loads(prepared.body)["values"])

    def missing(self, prepared: StoredObject) -> str | None:
        """Return how many of its objects can be read. None is ever overwritten, so counting them is enough."""
        said = json.loads(prepared.body)
        readable = [each for each in self._bucket.classes_below(said["prefix"]).values() if each not in ARCHIVES]
        if len(readable) >= said["objects"]:
            return None
        return f"only {len(readable)} of the {said['objects']} objects below {said['prefix']} can be read"

    def write(self, prepared: StoredObject, condition: Mapping[str, Any]) -> str:
        """Write what it says, with a text that makes the ETag another one."""
        body = _json({**json.loads(prepared.body), "written": self._nonce()})
        own = own_metadata(self._bucket.target, prepared.revision, digest_of(body), prepared.artifact)
        return self._bucket.put_bytes(
            self._bucket.target.key, body, **given(Settings(prepared.given_metadata), own), **condition
        )

    def _put_prepared(self, body: bytes, revision: str, artifact: Artifact, wanted: Settings) -> None:
        key = self._bucket.target.prepared_key(revision)
        own = own_metadata(self._bucket.target, revision, digest_of(body), artifact.digest)
        try:
            self._bucket.put_bytes(key, body, IfNoneMatch="*", **given(wanted, own))
        except WriteRefusedError:
            found = self._bucket.read_small(key)
            if found:
                require_same(self._bucket, found, StoredSettings(digest_of(body), wanted), self.settings(found))


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
