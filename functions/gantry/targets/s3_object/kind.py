"""The kind `s3`, as the port asks for it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gantry.promotion.deployment import Deployment, PreparationOutcome, StableRevision
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.errors import (
    RevisionMismatchError,
    TargetFailedError,
    TargetNotFoundError,
)
from gantry.promotion.judge.evidence import EvidenceRequest, TargetEvidence
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.capabilities import Capabilities
from gantry.targets.findings import Inspection, Prepared
from gantry.targets.kind import Change, Token
from gantry.targets.readiness import Readiness, RevisionState
from gantry.targets.s3_object.bucket import Bucket
from gantry.targets.s3_object.capabilities import CAPABILITIES
from gantry.targets.s3_object.compatibility import require_compatible
from gantry.targets.s3_object.form import Form
from gantry.targets.s3_object.live_key import LiveKey
from gantry.targets.s3_object.object_target import ObjectTarget
from gantry.targets.s3_object.revisions import is_revision, revision_of
from gantry.targets.s3_object.settings import Settings
from gantry.targets.s3_object.stored_revisions import StoredRevisions
from gantry.targets.still_kind import StillKind

NO_EVIDENCE = "S3 counts no requests of a version, so only alarms watch this target"


class S3ObjectKind(StillKind):
    """One object of a bucket in a workload account, or a pointer to many.

    Args:
        bucket: returns a target's bucket.
        form: returns how releases lie in a bucket.
        copying: returns a target's bucket by a client that may read the artifact, and wait for a copy of 5 GB.
        writing: as `bucket`, by a client that sends nothing twice.
    """

    def __init__(
        self,
        bucket: Callable[[Target], Bucket],
        form: Callable[[Bucket], Form],
        copying: Callable[[Deployment], Bucket],
        writing: Callable[[Target], Bucket],
    ) -> None:
        self._bucket = bucket
        self._form = form
        self._copying = copying
        self._writing = writing

    @property
    def capabilities(self) -> Capabilities:
        """What this kind can do."""
        return CAPABILITIES

    def inspect(self, deployment: Deployment, masking: Masking) -> Inspection:
        """Look at the bucket and the live key."""
        del masking
        bucket = self._copying(deployment)  # it asks for the size of the artifact
        form = self._form(bucket)
        live = StoredRevisions(bucket, form).live()
        require_compatible(bucket, form, deployment, live)
        if live is None:
            return Inspection(None, None)
        return Inspection(Routing(live.revision), StableRevision(live.revision, live.found.artifact))

    def draft(self, target: Target, configuration: Mapping[str, Any], masking: Masking) -> MaskedSettings:
        """Return nothing: a release takes nothing from the bucket."""
        del target, configuration, masking
        return {}

    def draft_to_lock(self, target: Target) -> str | None:
        """Return None: nothing that is prepared is ever changed."""
        return None

    def prepare(
        self, deployment: Deployment, stable: StableRevision | None, hold: Callable[[], object], *, is_retry: bool
    ) -> Prepared:
        """Copy the release below a folder of its own."""
        del is_retry  # What was copied is there.
        if stable and self._revisions(deployment.target).holds(stable.revision, deployment):
            return Prepared(stable.revision, PreparationOutcome.UNCHANGED)
        form, revision = self._form(self._copying(deployment)), revision_of(deployment)
        hold()
        form.prepare(
            deployment.release.artifact, revision, Settings.wanted(deployment.configuration, form.content_type)
        )
        return Prepared(revision, PreparationOutcome.PUBLISHED if stable else PreparationOutcome.CREATED)

    def is_settled(self, target: Target, change: Change) -> bool:
        """Look once. A write of S3 is there once it is answered, so the first look finds it:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel
        """
        if change.revision is not None:
            found = self.state(target, change.revision)
            if found is None:
                raise TargetNotFoundError(f"{target.id}: there is no version {change.revision}")
            if found.readiness is Readiness.BROKEN:
                raise TargetFailedError(f"{target.id}: version {change.revision}: {found.reason}")
        if change.routing is None:
            return True
        live = self.routing(target)
        return live is not None and live[0] == change.routing

    def confirm(
        self,
        deployment: Deployment,
        revision: str,
        stable: StableRevision | None,
        masking: Masking,
        *,
        is_new: bool = False,
    ) -> MaskedSettings:
        """Read a prepared object back."""
        del stable  # What the manifest does not set is not set.
        if is_new:
            self.is_settled(deployment.target, Change(revision=revision))
        differences = self._revisions(deployment.target).differences(revision, deployment)
        if differences is None:
            raise TargetNotFoundError(f"{deployment.target.id}: there is no version {revision}")
        if differences:
            message = f"{deployment.target.id}: version {revision} has another {', '.join(differences)}"
            raise RevisionMismatchError(message)
        form = self._form(self._bucket(deployment.target))
        return Settings.wanted(deployment.configuration, form.content_type).masked(masking)

    def routing(self, target: Target) -> tuple[Routing, Token] | None:
        """Return which revision the live key has, with its version id."""
        live = self._revisions(target).live()
        return (Routing(live.revision), live.found.version) if live else None

    def route(
        self,
        target: Target,
        wanted: Routing,
        expected: Token | None,
        *,
        deployment: Deployment | None = None,
        was_split_by_us: bool = False,
    ) -> bool:
        """Write the live key by one conditional write."""
        del deployment, was_split_by_us  # Nothing is ever split.
        self._live_key(target).send(wanted.revision, expected)
        return True

    def state(self, target: Target, revision: str) -> RevisionState | None:
        """Return whether a revision can be written to the live key."""
        return self._revisions(target).state(revision)

    def rehearse(self, target: Target, revision: str) -> None:
        """Ask for a write of the live key on a condition that is never met."""
        self._live_key(target).may_be_written(revision)

    def revision_arn(self, target: Target, revision: str) -> str:
        """Return the ARN of the prepared object, which a check can read before anybody else does."""
        parts = ObjectTarget.of(target)
        return f"{parts.bucket_arn}/{parts.prepared_key(revision)}"

    def can_be_revision(self, name: str) -> bool:
        """Return whether it is a name that Gantry gives, or `version-` and an S3 version id."""
        return is_revision(name)

    def digest(self, target: Target, revision: str) -> str | None:
        """Return the digest of the artifact that a revision carries."""
        found = self._revisions(target).find(revision)
        return found.artifact if found else None

    def settings(self, target: Target, revision: str, masking: Masking) -> MaskedSettings | None:
        """Return what readers get: of the live key if it has that revision, and else what was prepared."""
        found = self._revisions(target).settings(revision)
        return found.masked(masking) if found else None

    def requests_per_second(self, target: Target, since: datetime, until: datetime) -> float | None:
        """Return None: S3 does not count requests of a key."""
        del target, since, until
        return None

    def evidence(self, target: Target, request: EvidenceRequest) -> TargetEvidence:
        """Return nothing but why: there are no requests to judge by, and no query can tell versions apart."""
        del target
        queries = tuple(f"the query {each.name}: {NO_EVIDENCE}" for each in request.queries)
        return TargetEvidence(unknown=(NO_EVIDENCE, *queries))

    def _live_key(self, target: Target) -> LiveKey:
        writing = self._writing(target)
        return LiveKey(self._bucket(target), writing, self._form(writing), self._revisions(target))

    def _revisions(self, target: Target) -> StoredRevisions:
        bucket = self._bucket(target)
        return StoredRevisions(bucket, self._form(bucket))
