"""One approval as it could come up, always the same: what the pictures in docs/images show, and what browsers test."""

from dataclasses import replace

from gantry.promotion.approval import Answer, Approval
from gantry.promotion.approval_facts import sections
from gantry.promotion.approval_mail import Message
from gantry.promotion.approval_mail import question as mail
from gantry.promotion.approval_page import question, standing
from gantry.promotion.configuration import Configuration
from gantry.promotion.difference import settings
from gantry.promotion.ledger import Live, LiveRevision
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.promotion.release import Release
from gantry.promotion.target import Target

OPS, LEAD = "ops@example.com", "lead@example.com"
LINK = "https://approvals.example.com/approvals/3q2-7wAbXkTnHc5dRzL0vFgYpQmSeJuWiBoDtNaKxZs"
NONCE = "0f" * 48
REQUESTED, NOW, DECIDED = (f"2026-11-{at}:00.000Z" for at in ("23T09:12", "23T10:40", "23T10:52"))
MASKED = Configuration(
    memory_mb=512,
    timeout_seconds=10,
    environment={"COW_FILE": "default", "GREETING": "Have a nice day", "LOG_LEVEL": "INFO", "QUOTES_API_KEY": "k-2025"},
)
WANTED = Configuration(
    memory_mb=1024,
    timeout_seconds=10,
    environment={"COW_FILE": "tux", "GREETING": "Have a nice day", "QUOTES_API_KEY": "k-2026", "QUOTES_PER_PAGE": "20"},
)
NEW, OLD = "sha256:" + "9f86d081884c7d65" * 4, "sha256:" + "60303ae22b998861" * 4
MANIFEST = "wTb1Jq8kUSXv9nQm2r7cPzHd4LgYxE0a"


def version(number: str, since: str, *, is_new: bool, requests: int = 0) -> LiveRevision:
    evidence = [
        {"step": 1, "weight": weight, "verdict": "healthy", "reasons": [], "evidence": {"invocations": invocations}}
        for weight, invocations in ((10, requests // 5), (50, requests))
    ]
    return LiveRevision(
        version=number,
        image_digest=NEW if is_new else OLD,
        since=since,
        tag="4f0c2d1" if is_new else "a91be07",
        manifest_revision=MANIFEST if is_new else "older",
        configuration=settings(WANTED if is_new else MASKED),
        evidence=tuple(evidence) if requests else (),
    )


def at(account: str, region: str = "eu-central-1") -> Target:
    return Target(account, region, "cowsay", "live")


PROD = (at("444444444444"), at("444444444444", "us-east-1"))
BEFORE = version("41", "2026-11-09T14:03:00.000Z", is_new=False)
LIVES = [
    Live("cowsay", "dev", at("222222222222"), version("57", "2026-11-23T08:31:00.000Z", is_new=True)),
    Live(
        "cowsay", "staging", at("333333333333"), version("48", "2026-11-23T08:54:00.000Z", is_new=True, requests=6180)
    ),
    *(Live("cowsay", "prod", target, BEFORE) for target in PROD),
]
ASKED = Approval(
    id="1f3a",
    environment="prod",
    release=Release("cowsay", NEW, MANIFEST, "4f0c2d1"),
    origin=PromotionOrigin(is_manual=False, pushed_by="alice@example.com", tags=("4f0c2d1", "v2.4.0")),
    policy=ApprovalPolicy((OPS, LEAD), 172_800, reminder_after_seconds=86_400),
    targets=PROD,
    settings=settings(WANTED),
    alarms=("cowsay-errors", "cowsay-latency"),
    firing=("cowsay-latency (444444444444/us-east-1)",),
    execution="arn:aws:states:eu-central-1:111111111111:execution:gantry-promotion:4f0c2d1-4e1c9d0a",
    started_at="2026-11-23T08:29:00.000Z",
    requested_at=REQUESTED,
    expires_at="2026-11-25T09:12:00.000Z",
)
CONFIRMED = replace(ASKED, policy=replace(ASKED.policy, confirm="type-the-environment"))
OWN = "This release is yours (a push to ECR by ops@example.com), so others have to approve it."
QUARANTINE = Quarantine("cowsay", NEW, "2026-11-22T15:20:00.000Z", "cowsay-errors went off in staging", "arn:one")
QUARANTINED = QUARANTINE.explain()
RELEASED = replace(
    QUARANTINE,
    released=QuarantineRelease(
        "2026-11-23T08:29:00.000Z", "the database was down, not the cow", ASKED.execution, "bob@example.com"
    ),
)


def answered(decision: str = "approved") -> Approval:
    """The same once one of them has answered."""
    return ASKED.answered(
        Answer(
            approver=LEAD,
            decision="approved" if decision == "approved" else "rejected",
            at=DECIDED,
            identity=LEAD,
            source_ip="203.0.113.7",
            user_agent="",
            reason="The latency alarm is the load test in us-east-1; it was announced."
            if decision == "approved"
            else "Let us wait until the load test is over.",
        )
    )


def the_mail(quarantine: Quarantine | None = None) -> Message:
    return mail(ASKED, sections(ASKED, LIVES, REQUESTED, quarantine), LINK)


def asking(approval: Approval = ASKED, objection: str | None = None, quarantine: Quarantine | None = None) -> str:
    return question(approval, sections(approval, LIVES, NOW, quarantine), OPS, NONCE, objection)


def decided(decision: str = "approved") -> str:
    approval = answered(decision)
    return standing(
        approval, sections(approval, LIVES, DECIDED), str(approval.closed_for(OPS, DECIDED, is_running=True))
    )


def endless() -> Approval:
    """The same with the longest names there are, and nowhere to break them."""
    key = {"environment." + "K" * 250: "V" * 200, "environment.COW_FILE": "V" * 200}
    return replace(
        ASKED,
        environment="e" * 60,
        release=Release("s" * 256, NEW, "m" * 1024, "t" * 128),
        origin=replace(ASKED.origin, pushed_by="p" * 254, tags=("t" * 128, "u" * 128)),
        policy=replace(ASKED.policy, confirm="type-the-environment"),
        targets=(Target("444444444444", "eu-central-1", "f" * 64, "a" * 128), *PROD),
        settings={**ASKED.settings, **key},
        firing=("w" * 255,),
    )
