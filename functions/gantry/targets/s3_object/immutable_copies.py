"""Copies that are made once and never overwritten."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gantry.artifacts.object_copies import LARGEST
from gantry.aws.deadline import Deadline
from gantry.promotion.errors import ArtifactTypeError, RevisionMismatchError, TargetPendingError
from gantry.targets.s3_object.bucket import Bucket, WriteRefusedError
from gantry.targets.s3_object.release_objects import LARGEST_RELEASE
from gantry.targets.s3_object.source import Source
from gantry.targets.s3_object.stored_object import StoredObject

LAST_BEGUN = 60
"""Seconds. After that, no copy is begun any more in the same try."""
LONGEST_COPY = 200
"""Seconds that one copy of 5 GB may take. With the time before, a try ends within the function's 300 seconds."""
_AT_ONCE = 10
"""Threads. The SDK's clients have as many connections:
https://docs.aws.amazon.com/botocore/latest/reference/config.html"""


@dataclass(frozen=True, slots=True)
class WantedCopy:
    """One copy."""

    source: Source
    key: str
    digest: str
    given: dict[str, Any] = field(default_factory=dict)
    """The headers and the metadata that it gets, as the SDK takes them."""


class ImmutableCopies:
    """What a target's bucket holds of releases."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def copy(self, wanted: WantedCopy) -> StoredObject | None:
        """Copy unless the copy is there already. Return what was there; None when it is new.

        Raises:
            RevisionMismatchError: there are other bytes under the key, or the source has others.
        """
        try:
            _, digest = self._bucket.copy_version(
                wanted.source, wanted.key, MetadataDirective="REPLACE", IfNoneMatch="*", **wanted.given
            )
        except WriteRefusedError:
            return self._existing(wanted)
        _require(self._bucket, wanted, digest)
        return None

    def copy_all(self, wanted: Sequence[WantedCopy], folder: str) -> None:
        """Copy what is not there yet, and compare what is. Another try goes on where this one ended.

        Raises:
            ArtifactTypeError: an object is too large, or all together are. Nothing was copied.
            ArtifactNotFoundError: a version is gone.
            RevisionMismatchError: there are other bytes under a key, or the source has others.
            TargetPendingError: there was no time for all of them.
        """
        there = self._bucket.classes_below(folder)
        missing = [each for each in wanted if each.key not in there]
        deadline = Deadline.after(LAST_BEGUN)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="copy") as pool:
            self._require_sizes(missing, list(pool.map(self._bucket.size_of, (each.source for each in missing))))
            done = pool.map(partial(self._advance, there.keys(), deadline), wanted)
            left = sum(not each for each in list(done))
        if left:
            raise TargetPendingError(
                f"{self._bucket.target.id}: {left} of {len(wanted)} objects are still to be copied"
            )

    def _require_sizes(self, missing: Sequence[WantedCopy], sizes: Sequence[int]) -> None:
        for each, size in zip(missing, sizes, strict=True):
            if size > LARGEST:
                raise ArtifactTypeError(f"{each.source} has {size:,} bytes; S3 copies {LARGEST:,} at most")
        if sum(sizes) > LARGEST_RELEASE:
            raise ArtifactTypeError(
                f"{self._bucket.target.id}: the objects of the release have {sum(sizes):,} bytes together, and there "
                f"is only time to copy {LARGEST_RELEASE:,}"
            )

    def _advance(self, there: Iterable[str], deadline: Deadline, wanted: WantedCopy) -> bool:
        if not deadline.left():
            return False
        if wanted.key in there:
            self._existing(wanted)
        else:
            self.copy(wanted)
        return True

    def _existing(self, wanted: WantedCopy) -> StoredObject:
        found = self._bucket.look_at(wanted.key)
        if found is None:
            message = (
                f"{self._bucket.target.id}: s3://{self._bucket.target.bucket}/{wanted.key} was just there, and is not"
            )
            raise TargetPendingError(message)
        _require(self._bucket, wanted, found.digest)
        return found


def _require(bucket: Bucket, wanted: WantedCopy, digest: str | None) -> None:
    if digest != wanted.digest:
        raise RevisionMismatchError(
            f"{bucket.target.id}: s3://{bucket.target.bucket}/{wanted.key} has the digest {digest or 'unknown'}, not "
            f"{wanted.digest}. Nothing is overwritten there: find out who wrote it, and delete it"
        )
