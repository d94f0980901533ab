"""The port that every kind of target answers. The machines ask in the same order whatever the kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.judge.evidence import EvidenceRequest, TargetEvidence
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.capabilities import Capabilities
from gantry.targets.findings import Inspection, Prepared
from gantry.targets.invocable import InvocableKind
from gantry.targets.readiness import ReadinessKind
from gantry.targets.revision_contents import RevisionContents

Token = str
"""Stands for a target's routing as it was read. A kind with compare-and-set refuses a write with an old one."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of a target should have led to: a revision that can take traffic, or a routing, or both."""

    revision: str | None = None
    routing: Routing | None = None


class TargetKind(InvocableKind, ReadinessKind, RevisionContents, Protocol):
    """One kind of target.

    Every method may raise TargetAccessError (the workload account refuses), and what the service says that nobody
    foresaw. No method sleeps: what takes time raises TargetPendingError, and the definition asks again.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What this kind can do."""

    def inspect(self, deployment: Deployment, masking: Masking) -> Inspection:
        """Look at the target before anything is changed.

        Raises:
            TargetNotFoundError: it does not exist, and may not be created.
            IncompatibleTargetError: it cannot take this release, or not by this plan.
        """

    def draft(self, target: Target, configuration: Mapping[str, Any], masking: Masking) -> MaskedSettings:
        """Return what a release would take from the target's draft, masked.

        A draft is what others can change before a revision is made of it. A release takes from it what the manifest
        cannot set; and where no revision has the traffic yet, also what the manifest does not set.

        Args:
            target: the target, which may not exist yet.
            configuration: what the manifest configures, by its keys.
            masking: makes what stands for the values.

        Returns:
            The same settings that `confirm` returns of a revision that is made of it; empty when the kind has no draft.
        """

    def draft_to_lock(self, target: Target) -> str | None:
        """Return the name of a draft that others write too, where the service compares nothing. Asks nobody."""

    def prepare(
        self, deployment: Deployment, stable: StableRevision | None, hold: Callable[[], object], *, is_retry: bool
    ) -> Prepared:
        """Make an immutable revision without traffic, or find the one that was made before. Idempotent.

        Args:
            deployment: what is to be prepared.
            stable: the revision that the target was found on.
            hold: raises if the target is no longer this deployment's to change. It is asked once the target was read,
                right before anything is changed that others see. A revision without traffic is no such change.
            is_retry: whether this is another try. Then a change that failed is this deployment's own.

        Raises:
            TargetPendingError: a change on the way there has begun. Another call goes on where this one ended.
            TargetConflictError: somebody else changed the target at the same moment.
            TargetFailedError: a change failed for good.
            ArtifactNotFoundError: the artifact is gone.
            IncompatibleTargetError: the service refuses the release; it says why.
        """

    def is_settled(self, target: Target, change: Change) -> bool:
        """Look once whether a change is finished.

        A move of the traffic that somebody else replaced on its way is not finished. What that means is decided where
        the routing is read the next time.

        Raises:
            TargetFailedError: it never will be, or the service took a step that nobody told it to take.
            TargetChangedError: somebody else's change has replaced it, and the routing alone would not show that.
            AlarmRaisedError: the service went back because of an alarm.
            TargetNotFoundError: there is no such revision.
        """

    def confirm(
        self,
        deployment: Deployment,
        revision: str,
        stable: StableRevision | None,
        masking: Masking,
        *,
        is_new: bool = False,
    ) -> MaskedSettings:
        """Read a revision back, compare it with what was asked for, and return its settings, masked.

        Args:
            deployment: what was asked for.
            revision: the revision that was prepared.
            stable: the revision that the target was found on. What the manifest does not set is as there.
            masking: makes what stands for the settings' values.
            is_new: whether it was made just now. Then it has to be able to take traffic.

        Raises:
            TargetPendingError: it is new, and cannot take traffic yet.
            TargetFailedError: it is new, and never will take traffic by itself.
            RevisionMismatchError: it holds something else.
            TargetNotFoundError: there is no such revision any more.
        """

    def routing(self, target: Target) -> tuple[Routing, Token] | None:
        """Return where the traffic goes, or is on its way to, with the token that a change must give.

        Where the service starts a canary before its first step, the canary has a weight of 0.
        None when there is nothing yet that takes traffic. Whether it has arrived is for `is_settled` to say.
        """

    def is_moving(self, target: Target) -> bool:
        """Whether the service itself is still moving the traffic, so that what it routes to says nothing about others.

        Asked only where the routing is not what was expected.

        Raises:
            TargetFailedError: it has given up half-way, or went back from what it was told to do.
            AlarmRaisedError: it went back because of an alarm.
            TargetChangedError: what somebody else has begun in its place waits for an answer, and does not move.
        """

    def route(
        self,
        target: Target,
        wanted: Routing,
        expected: Token | None,
        *,
        deployment: Deployment | None = None,
        was_split_by_us: bool = False,
    ) -> bool:
        """Send the traffic elsewhere, if the target still is as it was read.

        Return whether the service says that it has arrived. If it does not, `is_settled` does.

        Every write makes all tokens before it old, also one that changes nothing. An old token is fine when the target
        routes as wanted already: that is what a retry finds.

        Args:
            target: whose traffic.
            wanted: where it goes.
            expected: the token that was read with the routing; None creates what takes the traffic.
            deployment: whose rollout this is a step of; None when all traffic goes back to a revision.
            was_split_by_us: whether the routing that was read is a split that this deployment has asked for.

        Raises:
            TargetChangedError: somebody else changed it since it was read, and it does not route as wanted.
            TargetConflictError: a revision is not ready, or another change of the target is in progress.
            RevisionUnusableError: a revision cannot take traffic, and never will.
            TargetNotFoundError: there is no such target, or no such revision, any more.
        """

    def finish(self, target: Target, revision: str) -> bool:
        """Give up what a rollout keeps for going back at once, now that a revision has all traffic.

        Return whether that is done; it is asked again until it is. Most kinds keep nothing.

        Raises:
            TargetFailedError: the service went back instead.
        """

    def can_be_revision(self, name: str) -> bool:
        """Whether a name that a person gives can be that of an immutable revision. Asks nobody."""

    def requests_per_second(self, target: Target, since: datetime, until: datetime) -> float | None:
        """Return a target's requests between two moments, each second on average; None when they are not known."""

    def evidence(self, target: Target, request: EvidenceRequest) -> TargetEvidence:
        """Return what is known of a canary, and of the stable revision over the same minutes.

        A minute counts once everything that began in it has ended and been counted. A metric that the service refuses
        is no error: `unknown` says why it is not known.
        """
