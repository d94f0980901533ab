"""The revisions of a target: what Gantry has prepared, and what others have put under the live key."""

from gantry.promotion.deployment import Deployment
from gantry.targets.readiness import Readiness, RevisionState
from gantry.targets.s3_object.bucket import Bucket
from gantry.targets.s3_object.form import Form
from gantry.targets.s3_object.revisions import foreign_version
from gantry.targets.s3_object.settings import Settings
from gantry.targets.s3_object.stored_object import StoredObject


class StoredRevisions:
    """What a live key can have."""

    def __init__(self, bucket: Bucket, form: Form) -> None:
        self._bucket = bucket
        self._form = form

    def find(self, revision: str) -> StoredObject | None:
        """Return the prepared object of a revision, or the version that others wrote; None when there is none."""
        target = self._bucket.target
        if version := foreign_version(revision):
            return self._bucket.look_at(target.key, version)
        key = target.prepared_key(revision)
        return self._bucket.read_small(key) if target.prefix else self._bucket.look_at(key)

    def state(self, revision: str) -> RevisionState | None:
        """Return whether a revision can be written to the live key; None when there is none."""
        found = self.find(revision)
        if found is None:
            return None
        reason = self._broken_reason(found, revision)
        return RevisionState(Readiness.BROKEN if reason else Readiness.READY, found.artifact, reason or "")

    def differences(self, revision: str, deployment: Deployment) -> list[str] | None:
        """Return what a revision has otherwise than a deployment wants; None when there is no such revision."""
        found = self.find(revision)
        if found is None:
            return None
        artifact = [] if found.artifact == deployment.release.digest else ["artifact"]
        if not found.is_gantrys:
            return ["origin", *artifact]
        wanted = Settings.wanted(deployment.configuration, self._form.content_type)
        return [*artifact, *self._form.settings(found).differences(wanted)]

    def _broken_reason(self, found: StoredObject, revision: str) -> str | None:
        if found.broken_reason or foreign_version(revision):
            return found.broken_reason
        if found.revision != revision:
            return f"s3://{self._bucket.target.bucket}/{found.key} was replaced by others. Delete what they wrote"
        return self._form.missing(found)
