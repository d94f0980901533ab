"""Record what is live, its history and the end of the lease in one transaction; then notify."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from gantry.observability import logger, metrics
from gantry.promotion.deployment import DeploymentState, PreparationOutcome, StableRevision
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.events import CompletedDeployment, deployment_completed
from gantry.promotion.history import HistoryKind
from gantry.promotion.judge.numbers import canary_requests
from gantry.promotion.live import EVIDENCE_LENGTH, Live, LiveRevision
from gantry.promotion.source_links import source_facts
from gantry.promotion.timestamps import iso
from gantry.targets.registry import capabilities_of
from gantry.use_cases.leasing import notify_waiting
from gantry.use_cases.rollout_state import RoutedRevision
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class JudgedStep:
    """The verdict on one step of the plan, with the step's weight."""

    step: int
    weight: int
    verdict: str
    reasons: tuple[str, ...]
    evidence: Mapping[str, Any]
    answer: Mapping[str, Any] | None = None
    """What people decided, if too little was known when the step's time was over."""


@dataclass(frozen=True, slots=True)
class ReleaseRecord(DeploymentState):
    """What the deployment has come to."""

    revision: str
    outcome: PreparationOutcome
    stable: StableRevision | None
    configuration: MaskedSettings
    verdicts: tuple[JudgedStep, ...]
    """One for each step."""

    def live_after(self, known: Live | None) -> Live:
        """Return what is live now, given what the ledger called live before."""
        deployment, release = self.deployment, self.deployment.release
        started_at = iso(deployment.promotion_started_at) if deployment.promotion_started_at else None
        artifact_started_at, configuration_started_at = started_at, None
        if release.is_configuration_only:
            artifact_started_at = known.current.promotion_started_at if known else None
            configuration_started_at = started_at
        released = LiveRevision(
            revision=self.revision,
            digest=release.digest,
            since=self.at,
            tag=release.tag,
            manifest_revision=release.manifest_revision,
            execution=self.execution,
            promotion_started_at=artifact_started_at,
            configuration=self.configuration,
            evidence=self._evidence,
            artifact_version=release.artifact.version,
            source=release.source,
            configuration_started_at=configuration_started_at,
        )
        if self.stable is None and known and capabilities_of(deployment.target).can_bring_back:
            live = known.after_release(released, known.current)
        elif self.stable is None:
            live = Live.first(release.service, deployment.environment, deployment.target, released)
        else:
            found = LiveRevision(self.stable.revision, self.stable.digest, self.at)
            base = known or Live.first(release.service, deployment.environment, deployment.target, found)
            live = base.after_release(released, found)
        return replace(live, carried=deployment.carried)

    @property
    def _evidence(self) -> tuple[Mapping[str, Any], ...]:
        """What the live record keeps of the verdicts; the history keeps all of each."""
        return tuple(
            {"weight": each.weight, "verdict": each.verdict, "requests": canary_requests(each.evidence)}
            for each in self.verdicts[-EVIDENCE_LENGTH:]
        )


def record_release(request: ReleaseRecord, services: Services) -> RoutedRevision:
    """Return the revision that the ledger calls live.

    Raises:
        LeaseLostError: somebody rolled back or took over in the meantime, so the ledger is theirs to write.
        NotificationError: everything is recorded, but somebody could not be notified.
    """
    deployment, target, release = request.deployment, request.deployment.target, request.deployment.release
    standing = services.standings.towards(target, release, deployment.environment)
    live = request.live_after(standing.live)
    completed = CompletedDeployment(
        revision=request.revision,
        outcome=request.outcome,
        before=request.stable,
        manifest_revision=release.manifest_revision,
        promotion=deployment.promotion,
    )
    details = {
        "digest": release.digest,
        "tag": release.tag,
        "sequence": live.current.sequence,
        "artifact_version": release.artifact.version,
        "source": source_facts(release.source),
        "verdicts": [asdict(each) for each in request.verdicts],
    }
    entry = request.history_entry(HistoryKind.DEPLOYMENT_COMPLETED, asdict(completed) | details)
    notify_waiting(services, services.ledger.record_end(entry, target, request.fence, live=live, known=standing.lease))
    metrics.add_metric("DeploymentsCompleted", unit="Count", value=1)
    logger.info("release recorded", target=target.id, facts=asdict(completed))
    last = asdict(request.verdicts[-1]) if request.verdicts else None
    services.events.publish(deployment_completed(request, completed, last))
    return RoutedRevision(request.revision)
