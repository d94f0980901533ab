"""An approval that waits for people, as a list of all open ones has it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gantry.promotion.source import Source

if TYPE_CHECKING:
    from gantry.promotion.approval import Approval


@dataclass(frozen=True, slots=True)
class ListedApproval:
    """One open question. It is in the list as long as it has no outcome; whether it has expired, the clock says."""

    id: str
    service: str
    environment: str
    digest: str
    tag: str | None
    execution: str
    """The ARN of the execution that asks: the promotion's, or the deployment's for a question about a canary."""
    requested_at: str
    """ISO 8601, UTC, like all moments here."""
    expires_at: str
    quorum: int
    approvers: tuple[str, ...]
    """Everybody who may answer by now."""
    approved_by: tuple[str, ...] = ()
    target_id: str | None = None
    """The canary's target; None for a question before a deployment."""
    weight: int | None = None
    """The canary's share while people are asked, in per cent."""
    source: Source | None = None
    """Where the release comes from; None where its labels do not say."""
    configuration_only: bool = False
    """Whether the artifact stays that is live there."""

    @classmethod
    def of(cls, approval: "Approval") -> "ListedApproval":
        """Return what the list has of an approval."""
        canary = approval.canary
        return cls(
            id=approval.id,
            service=approval.release.service,
            environment=approval.environment,
            digest=approval.release.digest,
            tag=approval.release.tag,
            execution=approval.execution,
            requested_at=approval.requested_at,
            expires_at=approval.expires_at,
            quorum=approval.policy.quorum,
            approvers=approval.approvers,
            approved_by=approval.approved_by,
            target_id=approval.targets[0].id if canary else None,
            weight=canary.weight if canary else None,
            source=approval.release.source,
            configuration_only=approval.release.is_configuration_only,
        )
