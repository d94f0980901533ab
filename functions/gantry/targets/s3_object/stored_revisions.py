"""The revisions of a target: what Gantry has prepared, and what others have put under the live key."""

from dataclasses import dataclass

from gantry.promotion.deployment import Deployment
from gantry.targets.readiness import Readiness, RevisionState
from gantry.targets.s3_object.bucket import Bucket
from gantry.targets.s3_object.form import Form
from gantry.targets.s3_object.revisions import foreign_revision, foreign_version
from gantry.targets.s3_object.settings import Settings
from gantry.targets.s3_object.stored_object import StoredObject


@dataclass(frozen=True, slots=True)
class LiveObject:
    """What the live key has."""

    found: StoredObject
    revision: str
    """The revision that it is, by a name that leads back to it."""


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

    def live(self) -> LiveObject | None:
        """Return what the live key has; None when there is nothing."""
        found = self._bucket.look_at(self._bucket.target.key)
        return LiveObject(found, self._name_of(found)) if found else None

    def state(self, revision: str) -> RevisionState | None:
        """Return whether a revision can be written to the live key; None when there is none."""
        found = self.find(revision)
        return self.state_of(found, revision) if found else None

    def state_of(self, found: StoredObject, revision: str) -> RevisionState:
        """Return the same of a revision that was found."""
        reason = self._broken_reason(found, revision)
        return RevisionState(Readiness.BROKEN if reason else Readiness.READY, found.artifact, reason or "")

    def holds(self, revision: str, deployment: Deployment) -> bool:
        """Whether a revision is what a deployment wants, and can be written."""
        found = self.find(revision)
        if found is None or self._differences(found, revision, deployment):
            return False
        return self.state_of(found, revision).readiness is Readiness.READY

    def settings(self, revision: str) -> Settings | None:
        """Return what a revision has besides its bytes; None when there is none.

        Others may have changed the metadata of the live key in place. So it is asked first, if it has that revision.
        """
        target = self._bucket.target
        live = self._bucket.look_at(target.key)
        if live is None or not live.is_gantrys or live.revision != revision:
            found = self.find(revision)
        else:
            found = self._bucket.read_small(target.key) if target.prefix else live
        if found is None:
            return None
        is_foreign = foreign_version(revision) or not found.is_gantrys
        return Settings(found.given_metadata) if is_foreign else self._form.settings(found)

    def differences(self, revision: str, deployment: Deployment) -> list[str] | None:
        """Return what a revision has otherwise than a deployment wants; None when there is no such revision."""
        found = self.find(revision)
        return None if found is None else self._differences(found, revision, deployment)

    def _differences(self, found: StoredObject, revision: str, deployment: Deployment) -> list[str]:
        artifact = [] if found.artifact == deployment.release.digest else ["artifact"]
        if foreign_version(revision) or not found.is_gantrys:
            return ["origin", *artifact]
        wanted = Settings.wanted(deployment.configuration, self._form.content_type)
        return [*artifact, *self._form.settings(found).differences(wanted)]

    def _name_of(self, live: StoredObject) -> str:
        """Return a name by which the live object can be found and written again.

        That is its revision's, as long as what the revision was prepared as can be written; otherwise its own version.
        """
        state = self.state(live.revision)
        return live.revision if state and state.readiness is Readiness.READY else foreign_revision(live.version)

    def _broken_reason(self, found: StoredObject, revision: str) -> str | None:
        if found.broken_reason or foreign_version(revision):
            return found.broken_reason
        if found.revision != revision:
            return f"s3://{self._bucket.target.bucket}/{found.key} was replaced by others. Delete what they wrote"
        return self._form.missing(found)
