"""Everything that happened, as the ledger keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class HistoryKind(StrEnum):
    """What happened."""

    PROMOTION_STARTED = "promotion_started"
    PROMOTION_IGNORED = "promotion_ignored"
    PROMOTION_COMPLETED = "promotion_completed"
    PROMOTION_FAILED = "promotion_failed"
    SAFEGUARDS_WEAKENED = "safeguards_weakened"
    INFRASTRUCTURE_AWAITED = "infrastructure_awaited"
    INFRASTRUCTURE_FOUND = "infrastructure_found"
    APPROVAL_DECIDED = "approval_decided"
    DRAFT_IGNORED = "draft_ignored"
    REVISION_CHECKED = "revision_checked"
    CANARY_JUDGED = "canary_judged"
    CANARY_STEERED = "canary_steered"
    CANARY_QUESTION_ASKED = "canary_question_asked"
    CANARY_QUESTION_DECIDED = "canary_question_decided"
    DEPLOYMENT_COMPLETED = "deployment_completed"
    DEPLOYMENT_ROLLED_BACK = "deployment_rolled_back"
    DEPLOYMENT_SUPERSEDED = "deployment_superseded"
    DEPLOYMENT_FAILED = "deployment_failed"
    DEPLOYMENT_REPAIRED = "deployment_repaired"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened. Writing it twice keeps it once: its key holds no random part."""

    service: str
    at: str
    """When the state that records it was entered; the same on every retry. ISO 8601, UTC."""
    kind: HistoryKind
    execution: str
    environment: str | None = None
    target_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
