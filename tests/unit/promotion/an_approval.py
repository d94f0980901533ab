"""An approval that nobody has answered, and the parts that tests change."""

from typing import Any

from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Answer, Decision
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.target import Target

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
