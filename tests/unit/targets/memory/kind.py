"""The kind `memory`, which exists in tests only: a second kind shows that the port is not Lambda's alone.

The service has no compare-and-set. A token is a fingerprint of the last move of the traffic, by its name and by where
it went, and `route` compares it itself right before it writes. Every write is a move with a name of its own, also one
that goes where the traffic is already. So this is how the writes of others are noticed:

- A foreign write before the comparison: the fingerprint is another one, and nothing is written.
- The late write of a holder that was fenced off: the execution that took over has written, so the token is an old one.
- A write that comes between comparing and writing: it is overwritten, but `route` still notices it, because the
  service's answer names the move that it replaced. For a fenced-off holder that is too late. But the execution that
  took over looks at its own move until that has arrived: it finds another one in its place, and writes once more.
- What comes after that last look is not noticed by the deployment. It is drift, and the repair reports it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from botocore.exceptions import ReadTimeoutError

from gantry.promotion.deployment import Deployment, PreparationOutcome, StableRevision
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.errors import (
    ArtifactNotFoundError,
    IncompatibleTargetError,
    RevisionMismatchError,
    RevisionUnusableError,
    TargetAccessError,
    TargetChangedError,
    TargetConflictError,
    TargetFailedError,
    TargetNotFoundError,
    TargetPendingError,
    TargetUnreachableError,
)
from gantry.promotion.judge.evidence import EvidenceRequest, Minute, RevisionMinute, TargetEvidence
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.capabilities import Capabilities
from gantry.targets.findings import Inspection, Prepared
from gantry.targets.invocable import Answer
from gantry.targets.kind import Change, Token
from gantry.targets.readiness import Readiness, RevisionState
from tests.unit.targets.memory.schema import CAPABILITIES, masked
from tests.unit.targets.memory.service import (
    MemoryRevision,
    MemoryService,
    MemoryTarget,
    Served,
    ServiceError,
    TrafficChange,
)
from tests.unit.targets.memory.tasks import RunsMemoryTasks

_ERRORS = {
    "NoSuchArtifact": ArtifactNotFoundError,
    "NoSuchRevision": TargetNotFoundError,
    "NotReady": TargetConflictError,
    "Broken": RevisionUnusableError,
}

LONGEST_REQUEST = timedelta(seconds=20)
_MINUTE = timedelta(minutes=1)


class MemoryKind(RunsMemoryTasks):
    """One target of the service in memory."""

    def __init__(self, service: MemoryService) -> None:
        self._service = service
        self.tasks = service.tasks

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def inspect(self, deployment: Deployment, masking: Masking) -> Inspection:
        target, found = deployment.target, self._service.describe_target(target=deployment.target.id)
        if found is None or not found.traffic:
            if target.options.get("create") != "true":
                raise TargetNotFoundError(f"{target.id} does not exist, and the manifest does not say create: true")
            return Inspection(None, None)
        if found.architecture != deployment.architecture:
            raise IncompatibleTargetError(f"{target.id} runs on {found.architecture}")
        routing = found.traffic[-1].routing
        return Inspection(routing, StableRevision(routing.revision, found.revisions[routing.revision].digest))

    def draft(self, target: Target, configuration: Mapping[str, Any], masking: Masking) -> MaskedSettings:
        """A revision is registered with all of its settings, so there is no draft."""
        return {}

    def draft_to_lock(self, target: Target) -> str | None:
        """The service has a draft for all targets of an account and region, and compares nothing."""
        return f"memory/{target.account}/{target.region}"

    def prepare(
        self, deployment: Deployment, stable: StableRevision | None, hold: Callable[[], object], *, is_retry: bool
    ) -> Prepared:
        """Find the revision by its label first, because the service makes another one each time it is asked."""
        del is_retry  # A change that failed is a revision that failed, and another one can be made.
        target, release = deployment.target.id, deployment.release
        found = self._service.describe_target(target=target)
        if found is None:
            hold()
            self._service.create_target(target=target, architecture=deployment.architecture)
            raise TargetPendingError(f"{target}: it is being created")
        if not self._service.is_ready(target=target):
            raise TargetPendingError(f"{target}: it is still being created")
        settings = _settings(deployment, found, stable)
        if stable and not _differences(deployment, found.revisions[stable.revision], settings):
            return Prepared(stable.revision, PreparationOutcome.UNCHANGED)
        outcome = PreparationOutcome.PUBLISHED if stable else PreparationOutcome.CREATED
        for made in found.revisions.values():
            same = (made.label, made.digest, made.settings) == (release.id, release.digest, settings)
            if same and not made.failure:
                return Prepared(made.name, outcome)
        try:
            revision = self._service.register_revision(
                target=target, digest=release.digest, settings=settings, label=release.id
            )
        except ServiceError as error:
            raise _ERRORS[error.code](f"{target}: {error}") from error
        return Prepared(revision, outcome)

    def is_settled(self, target: Target, change: Change) -> bool:
        """Look at a revision, or at the traffic. A move that somebody else has replaced never arrives."""
        found = self._existing(target)
        if change.revision is not None:
            revision = _revision(found, target, change.revision)
            if revision.failure:
                raise TargetFailedError(f"{target.id}: {revision.name} failed: {revision.failure}")
            if not self._service.is_ready(target=target.id, revision=revision.name):
                return False
        if change.routing is None:
            return True
        return found.traffic[-1].routing == change.routing and self._service.has_arrived(target=target.id)

    def confirm(
        self,
        deployment: Deployment,
        revision: str,
        stable: StableRevision | None,
        masking: Masking,
        *,
        is_new: bool = False,
    ) -> MaskedSettings:
        if is_new and not self.is_settled(deployment.target, Change(revision=revision)):
            raise TargetPendingError(f"{deployment.target.id}: {revision} is not ready yet")
        found = self._existing(deployment.target)
        made = _revision(found, deployment.target, revision)
        if differences := _differences(deployment, made, _settings(deployment, found, stable)):
            raise RevisionMismatchError(f"{deployment.target.id}: {revision} has another {', '.join(differences)}")
        return masked(made.settings, masking)

    def routing(self, target: Target) -> tuple[Routing, Token] | None:
        found = self._service.describe_target(target=target.id)
        return (found.traffic[-1].routing, _fingerprint(found.traffic[-1])) if found and found.traffic else None

    def settings(self, target: Target, revision: str, masking: Masking) -> MaskedSettings | None:
        found = self._service.describe_target(target=target.id)
        made = found.revisions.get(revision) if found else None
        return masked(made.settings, masking) if made else None

    def route(
        self,
        target: Target,
        wanted: Routing,
        expected: Token | None,
        *,
        deployment: Deployment | None = None,
        was_split_by_us: bool = False,
    ) -> bool:
        del deployment, was_split_by_us
        found = self._existing(target)
        last = found.traffic[-1] if found.traffic else None
        if last is None and expected is not None:
            raise TargetNotFoundError(f"{target.id}: it takes no traffic any more")
        if last and _fingerprint(last) != expected:
            if last.routing != wanted:
                raise TargetChangedError(f"{target.id}: somebody else made it route to {last.routing}")
            return False
        try:
            replaced = self._service.move_traffic(target=target.id, routing=wanted)
        except ServiceError as error:
            raise _ERRORS[error.code](f"{target.id}: {error}") from error
        if replaced != (last.name if last else None):
            raise TargetChangedError(f"{target.id}: somebody else moved the traffic, which this has overwritten")
        return False

    def finish(self, target: Target, revision: str) -> bool:
        """A rollout keeps nothing."""
        del target, revision
        return True

    def is_moving(self, target: Target) -> bool:
        """The service has no transition of its own: its last move is where the traffic goes."""
        del target
        return False

    def state(self, target: Target, revision: str) -> RevisionState | None:
        found = self._service.describe_target(target=target.id)
        made = found.revisions.get(revision) if found else None
        if made is None:
            return None
        if made.failure:
            return RevisionState(Readiness.BROKEN, made.digest, made.failure)
        if made.asleep:
            return RevisionState(Readiness.ASLEEP, made.digest, "nobody asked for it for long")
        if not self._service.is_ready(target=target.id, revision=revision):
            return RevisionState(Readiness.STARTING, made.digest, "it is starting")
        return RevisionState(Readiness.READY, made.digest, "")

    def wake(self, target: Target, revision: str) -> None:
        self._service.start_revision(target=target.id, revision=revision)

    def invoke(self, target: Target, revision: str, payload: str, seconds: int) -> Answer:
        try:
            return Answer(*self._service.request(target=target.id, revision=revision, payload=payload))
        except ServiceError as error:
            raise _ERRORS[error.code](f"{target.id}: {error}") from error
        except ReadTimeoutError as error:
            raise TargetUnreachableError(f"{target.id}: {revision} did not answer in {seconds} seconds") from error

    def revision_arn(self, target: Target, revision: str) -> str:
        return f"{target.arn}/{revision}"

    def may_wake(self, target: Target) -> bool:
        del target
        return True

    def rehearse(self, target: Target, revision: str) -> None:
        if self._service.refuses_moves:
            raise TargetAccessError(f"{target.id}: the traffic may not be moved to {revision}")

    def can_be_revision(self, name: str) -> bool:
        return bool(name)

    def digest(self, target: Target, revision: str) -> str | None:
        found = self._service.describe_target(target=target.id)
        return found.revisions[revision].digest if found and revision in found.revisions else None

    def requests_per_second(self, target: Target, since: datetime, until: datetime) -> float | None:
        found = self._service.describe_target(target=target.id)
        if found is None:
            return 0.0
        if not found.counts_requests:
            return None
        served = sum(since <= each.began < until for some in found.served.values() for each in some)
        return served / (until - since).total_seconds()

    def evidence(self, target: Target, request: EvidenceRequest) -> TargetEvidence:
        """Count what is kept of each request. It is kept at once, with its beginning, when the request has ended."""
        found = self._existing(target)
        if not found.counts_requests:
            return TargetEvidence(unknown=("the service did not keep its requests",))
        until = (request.now - LONGEST_REQUEST).replace(second=0, microsecond=0)
        minutes, at = [], request.since.replace(second=0, microsecond=0)
        while at < until:
            served = (found.served.get(each or "", []) for each in (request.canary, request.stable))
            minutes.append(Minute(at, *(_counted(each, at, request.slow_after_ms) for each in served)))
            at += _MINUTE
        no_metrics = tuple(f"the query {each.name}: this kind has no metrics" for each in request.queries)
        return TargetEvidence(tuple(minutes), until if minutes else None, unknown=no_metrics)

    def _exists(self, target: Target, revision: str) -> bool:
        return revision in self._existing(target).revisions

    def _existing(self, target: Target) -> MemoryTarget:
        found = self._service.describe_target(target=target.id)
        if found is None:
            raise TargetNotFoundError(f"{target.id}: there is no such target")
        return found


def _counted(served: Sequence[Served], at: datetime, slow_after_ms: int | None) -> RevisionMinute:
    those = [each for each in served if at <= each.began < at + _MINUTE]
    if not those:
        return RevisionMinute(None, None)
    slow = None if slow_after_ms is None else sum(each.milliseconds > slow_after_ms for each in those)
    return RevisionMinute(len(those), sum(each.has_failed for each in those), slow)


def _revision(found: MemoryTarget, target: Target, name: str) -> MemoryRevision:
    if name not in found.revisions:
        raise TargetNotFoundError(f"{target.id}: there is no revision {name}")
    return found.revisions[name]


def _settings(deployment: Deployment, found: MemoryTarget, stable: StableRevision | None) -> Mapping[str, str]:
    """Return the settings that are given, or those of the revision before."""
    before = found.revisions[stable.revision].settings if stable else {}
    given: Mapping[str, str] = deployment.configuration.get("settings", before)
    return given


def _differences(deployment: Deployment, made: MemoryRevision, settings: Mapping[str, str]) -> list[str]:
    same = {"digest": made.digest == deployment.release.digest, "settings": made.settings == settings}
    return [name for name, is_same in same.items() if not is_same]


def _fingerprint(move: TrafficChange) -> Token:
    return sha256(f"{move.name} {move.routing}".encode()).hexdigest()
