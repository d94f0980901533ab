"""A release in front of prod, what may be live, and the facts that approvers get about it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gantry.promotion.approval import Approval
from gantry.promotion.approval_facts import fact_sections
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.target import Target
from tests.unit.promotion import an_approval
from tests.unit.promotion.an_approval import release, target

NOW = "2026-11-22T10:30:00.000Z"
OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64
HERE, THERE, DEV = target(), target("eu-west-1"), target(account="222222222222")
KNOWN = {"memory_mb": "256", "environment.LOG_LEVEL": "DEBUG"}
OPS, LEAD = "ops@example.com", "lead@example.com"
RELEASE = release(NEW, "revision-2")

Rows = list[tuple[str, str]]


def approval(
    *targets: Target, settings: Mapping[str, str] | None = None, quorum: int = 1, people: tuple[str, ...] = (OPS,)
) -> Approval:
    return an_approval.approval(
        release=RELEASE,
        origin=PromotionOrigin(False, "alice@example.com", tags=("4f0c2d1", "v1.2.0")),
        policy=ApprovalPolicy(people, expires_after_seconds=259_200, quorum=quorum, escalate_to=("head@example.com",)),
        targets=targets or (HERE,),
        settings=settings or {},
        alarms=("cowsay-errors", "cowsay-latency"),
    )


def revision(name: str, **known: Any) -> LiveRevision:
    """A revision of another release than the one that is asked for, unless `known` says otherwise."""
    found = LiveRevision(
        name, OLD, "2026-11-20T09:00:00Z", tag="3e1b9aa", manifest_revision="revision-1", configuration=KNOWN
    )
    return replace(found, **known)


def live(current: LiveRevision, *lineage: LiveRevision, target: Target = HERE, environment: str = "prod") -> Live:
    return Live("cowsay", environment, target, current, lineage)


def rows_of(asked: Approval, *lives: Live, title: str, now: str = NOW, quarantine: Quarantine | None = None) -> Rows:
    """The rows under a title."""
    sections = fact_sections(asked, lives, now, quarantine)
    return [row for section in sections if section.title == title for row in section.rows]
