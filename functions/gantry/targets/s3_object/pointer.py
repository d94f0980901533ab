"""A pointer to many objects."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from gantry.artifacts.checksums import digest_of
from gantry.promotion.artifact import Artifact
from gantry.targets.s3_object.bucket import Bucket, WriteRefusedError
from gantry.targets.s3_object.form import StoredSettings, given, require_same
from gantry.targets.s3_object.immutable_copies import ImmutableCopies, WantedCopy
from gantry.targets.s3_object.release_objects import LARGEST_MANIFEST, release_objects
from gantry.targets.s3_object.settings import Settings
from gantry.targets.s3_object.source import Source
from gantry.targets.s3_object.stored_object import ARCHIVES, StoredObject, own_metadata


class Pointer:
    """The artifact lists many objects. Its prepared object is what the pointer says, and the objects' keys.

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
        listed = Source.of(artifact, self._artifact_account)
        content = self._bucket.artifact_content(listed, artifact.digest, LARGEST_MANIFEST)
        folder = self._bucket.target.release_folder(artifact.digest)
        objects = release_objects(artifact, content)
        copies = [
            WantedCopy(
                Source.of(each.in_bucket(artifact), self._artifact_account),
                f"{folder}{each.key}",
                each.digest,
                Settings(each.headers).request(),
            )
            for each in objects
        ]
        ImmutableCopies(self._bucket).copy_all(copies, folder)
        said = {"release": artifact.digest, "prefix": folder, "objects": len(objects), "values": wanted.values}
        body = _json({**said, "keys": sorted(each.key for each in objects)})
        self._put_prepared(body, revision, artifact, wanted)

    def settings(self, prepared: StoredObject) -> Settings:
        """Return its metadata and its values."""
        return Settings(prepared.given_metadata, json.loads(prepared.body)["values"])

    def missing(self, prepared: StoredObject) -> str | None:
        """Return which of its objects cannot be read. None is ever overwritten, so their keys are enough."""
        said = json.loads(prepared.body)
        classes = self._bucket.classes_below(said["prefix"])
        readable = {key for key, storage in classes.items() if storage not in ARCHIVES}
        missing = [key for key in said["keys"] if f"{said['prefix']}{key}" not in readable]
        if not missing:
            return None
        return (
            f"{len(missing)} of the {len(said['keys'])} objects below {said['prefix']} cannot be read: {missing[0]}, …"
        )

    def write(self, prepared: StoredObject, condition: Mapping[str, Any]) -> str:
        """Write what it says, but for the keys, with a text that makes the ETag another one."""
        said = {name: each for name, each in json.loads(prepared.body).items() if name != "keys"}
        body = _json({**said, "written": self._nonce()})
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
