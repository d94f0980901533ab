"""An approval that nobody has answered, and the parts that tests change."""

from typing import Any

from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Answer, Decision
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.canary_question import CanaryQuestion, KnownOfCanary, last_minutes
from gantry.promotion.judge.evidence import Minute, RevisionMinute
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from gantry.promotion.timestamps import moment

DIGEST = "sha256:" + "a" * 64
ALICE, BOB, CAROL, DAN = (f"{name}@example.com" for name in ("alice", "bob", "carol", "dan"))
BOT = "arn:aws:iam::111111111111:role/chat-bot"
PEOPLE = (ALICE, BOB, CAROL)
EARLY, LATE = "2026-11-22T10:00:00.000Z", "2026-11-25T10:00:00.000Z"
"""An hour after the request, and an hour after the deadline."""


def release(digest: str = DIGEST, revision: str = "revision-1", tag: str | None = "4f0c2d1") -> Release:
    return Release("cowsay", Artifact(ArtifactKind.CONTAINER_IMAGE, digest, "cowsay"), revision, tag)


def target(region: str = "us-east-1", account: str = "444444444444", name: str = "cowsay/live", **own: str) -> Target:
    """A target with settings of its own."""
    return Target("any", account, region, name, f"arn:{account}:{region}:{name}", own)


def approval(**changed: Any) -> Approval:
    fields: dict[str, Any] = {
        "id": "one",
        "environment": "prod",
        "release": release(),
        "origin": PromotionOrigin(is_manual=False),
        "policy": ApprovalPolicy(("ops@example.com",), expires_after_seconds=72 * 3600),
        "targets": (target(),),
        "settings": {},
        "alarms": (),
        "firing": (),
        "execution": "arn:one",
        "started_at": "2026-11-22T08:00:00.000Z",
        "requested_at": "2026-11-22T09:00:00.000Z",
        "expires_at": "2026-11-25T09:00:00.000Z",
    }
    return Approval(**(fields | changed))


def asked(**policy: Any) -> Approval:
    """An approval of Alice, Bob and Carol, with another policy."""
    given: dict[str, Any] = {"approvers": PEOPLE, "expires_after_seconds": 72 * 3600}
    return approval(policy=ApprovalPolicy(**(given | policy)))


def answer(approver: str, decision: Decision = "approved", reason: str | None = None, at: str = EARLY) -> Answer:
    return Answer(approver, decision, at, identity=approver, source_ip="192.0.2.1", user_agent="", reason=reason)


def after(approval: Approval, *answers: Answer) -> Approval:
    for each in answers:
        approval = approval.answered(each)
    return approval


def without(approval: Approval, *people: str) -> Approval:
    """The approval once mails to these people have failed."""
    for each in people:
        approval = approval.not_delivered(each, f"no mail to {each}", EARLY)
    return approval


def minute(at: str, canary: tuple[float | None, float | None], stable: tuple[float | None, float | None]) -> Minute:
    """One minute, with the requests and the failed ones of each version."""
    return Minute(moment(at), RevisionMinute(*canary), RevisionMinute(*stable))


MINUTES = (
    minute("2026-11-22T08:30:00.000Z", (4, 1), (1_100, 2)),
    minute("2026-11-22T08:31:00.000Z", (None, None), (1_060, 1)),
    minute("2026-11-22T08:32:00.000Z", (6, 0), (None, None)),
)
REASON = "1 of 10 requests failed, 3 of 2,160 on the stable version: too few to say more"


def a_canary(**changed: Any) -> CanaryQuestion:
    """The canary of a quiet service, on the first of two steps."""
    given: dict[str, Any] = {
        "canary": "8",
        "stable": "7",
        "weight": 10,
        "watched_weight": 10,
        "step": 1,
        "steps": 2,
        "known": KnownOfCanary((REASON,), {"worse_by_at_most": 31.5}, last_minutes(MINUTES)),
        "max_bake_seconds": 7_200,
        "keep_waiting_until": "2026-11-22T13:00:00.000Z",
    }
    return CanaryQuestion(**(given | changed))


def a_question(canary: CanaryQuestion | None = None, **policy: Any) -> Approval:
    """What Alice, Bob and Carol are asked about a canary."""
    given: dict[str, Any] = {"approvers": PEOPLE, "expires_after_seconds": 72 * 3600}
    return approval(
        policy=ApprovalPolicy(**(given | policy)),
        execution="arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:one",
        canary=canary or a_canary(),
        alarms=("errors",),
        expires_at="2026-11-22T17:00:00.000Z",
    )
