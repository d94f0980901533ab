"""The live key, which others read."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from gantry.promotion.errors import RevisionUnusableError, TargetChangedError, TargetNotFoundError
from gantry.targets.readiness import Readiness
from gantry.targets.s3_object.bucket import Bucket, WriteRefusedError
from gantry.targets.s3_object.form import Form, given
from gantry.targets.s3_object.revisions import foreign_version
from gantry.targets.s3_object.settings import Settings
from gantry.targets.s3_object.stored_object import StoredObject, own_metadata
from gantry.targets.s3_object.stored_revisions import StoredRevisions

_NO_ETAG = '"00000000000000000000000000000000-0"'
"""No object has it: a multipart upload has one part at least."""


class LiveKey:
    """What takes the traffic of a target.

    Args:
        bucket: reads it.
        writing: writes it, by a client that sends nothing twice: a second write could meet its condition long after the
            lease was taken over, because equal bytes have equal ETags. A lost answer is for the definition to try
            again, which reads first.
        form: writes what is prepared, by the same client.
        revisions: what it can have.
    """

    def __init__(self, bucket: Bucket, writing: Bucket, form: Form, revisions: StoredRevisions) -> None:
        self._bucket = bucket
        self._writing = writing
        self._form = form
        self._revisions = revisions

    def send(self, revision: str, expected: str | None) -> None:
        """Give the live key a revision, if it still has the version that was read; None for no object at all.

        Raises:
            TargetChangedError: it has another one, and another revision.
            TargetNotFoundError: there is no object any more, or no such revision.
            RevisionUnusableError: the revision can never be written.
        """
        live = self._look()
        if (live.version if live else None) != expected:
            self._require(revision)
            return
        source = self._usable(revision)
        try:
            made = self._write(revision, source, {"IfMatch": live.etag} if live else {"IfNoneMatch": "*"})
        except WriteRefusedError:
            self._require(revision)
            return
        below = self._bucket.version_below(self._bucket.target.key, made)
        if live and below != expected:
            raise TargetChangedError(
                f"{self._bucket.target.id}: somebody else wrote the version {below} at the same moment, which this has "
                "overwritten"
            )

    def may_be_written(self, revision: str) -> None:
        """Ask for a write that S3 must refuse, because its condition is never met. S3 asks for the rights first.

        Raises:
            TargetAccessError: the account would refuse the write.
        """
        source = self._revisions.find(revision)
        if source is not None:
            with suppress(WriteRefusedError):
                self._write(revision, source, {"IfMatch": _NO_ETAG})

    def _look(self) -> StoredObject | None:
        return self._bucket.look_at(self._bucket.target.key)

    def _usable(self, revision: str) -> StoredObject:
        target, source = self._bucket.target, self._revisions.find(revision)
        if source is None:
            raise TargetNotFoundError(f"{target.id}: there is no version {revision}")
        state = self._revisions.state_of(source, revision)
        if state.readiness is Readiness.BROKEN:
            raise RevisionUnusableError(f"{target.id}: version {revision}: {state.reason}")
        return source

    def _write(self, revision: str, source: StoredObject, condition: Mapping[str, Any]) -> str:
        """Write what a revision is. A version of others gets its name as metadata, which its copies would not have."""
        if foreign_version(revision) is None:
            return self._form.write(source, condition)
        settings = given(
            Settings(source.given_metadata), own_metadata(self._bucket.target, revision, source.digest, source.artifact)
        )
        written, _ = self._writing.copy_version(
            self._bucket.own_source(source),
            self._bucket.target.key,
            MetadataDirective="REPLACE",
            **settings,
            **source.only_s3s,
            **condition,
        )
        return written

    def _require(self, revision: str) -> None:
        """Return quietly when the live key has the revision already, which is what another try finds."""
        target, live = self._bucket.target, self._revisions.live()
        if live is None:
            raise TargetNotFoundError(f"{target.id}: there is no object any more")
        if live.revision != revision:
            raise TargetChangedError(f"{target.id}: somebody else made it {live.revision}: it was left alone")
