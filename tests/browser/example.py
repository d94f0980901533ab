"""One approval as it could come up, always the same: what the pictures in docs/images show, and what browsers test."""

from collections.abc import Sequence
from dataclasses import replace

from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Answer
from gantry.promotion.approval_facts import fact_sections
from gantry.promotion.approval_mail import ApprovalMail, question_mail
from gantry.promotion.approval_page import AnswerChoices, question_page, status_page
from gantry.promotion.approval_sentences import why_closed
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.canary_question import CanaryQuestion, KnownOfCanary, MinuteCounts
from gantry.promotion.carriage import carriage_of
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.masking import Masking
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.promotion.release import Release
from gantry.promotion.source import Source
from gantry.promotion.target import Target
from gantry.promotion.traffic import Step

OPS, LEAD = "ops@example.com", "lead@example.com"
LINK = "https://approvals.example.com/approvals/3q2-7wAbXkTnHc5dRzL0vFgYpQmSeJuWiBoDtNaKxZs"
NONCE = "0f" * 48
REQUESTED, NOW, DECIDED = (f"2026-11-{at}:00.000Z" for at in ("23T09:12", "23T10:40", "23T10:52"))

MASKING = Masking(lambda: b"a key, so that the pictures stay the same")


def masked(memory_mb: int, **variables: str) -> dict[str, str]:
    """A configuration as people may see it."""
    settings = {"memory_mb": str(memory_mb), "timeout_seconds": "10"}
    return settings | {f"environment.{name}": MASKING.value(name, value) for name, value in variables.items()}


SAME = {"GREETING": "Have a nice day"}
FOUND = masked(512, COW_FILE="default", LOG_LEVEL="INFO", QUOTES_API_KEY="k-2025", **SAME)
WANTED = masked(1024, COW_FILE="tux", QUOTES_API_KEY="k-2026", QUOTES_PER_PAGE="20", **SAME)
NEW, OLD = "sha256:" + "9f86d081884c7d65" * 4, "sha256:" + "60303ae22b998861" * 4
MANIFEST = "wTb1Jq8kUSXv9nQm2r7cPzHd4LgYxE0a"


def source(*, is_new: bool = True) -> Source:
    """Where a release comes from, as its labels say."""
    revision, run = ("4f0c2d1", "11973") if is_new else ("a91be07", "11958")
    return Source("https://github.com/acme/cowsay", revision, f"https://github.com/acme/cowsay/actions/runs/{run}")


def revision(name: str, since: str, *, is_new: bool, requests: int = 0) -> LiveRevision:
    steps = ((10, requests // 5), (50, requests))
    evidence = [{"weight": weight, "verdict": "healthy", "requests": count} for weight, count in steps]
    return LiveRevision(
        revision=name,
        digest=NEW if is_new else OLD,
        since=since,
        tag="4f0c2d1" if is_new else "a91be07",
        manifest_revision=MANIFEST if is_new else "older",
        configuration=WANTED if is_new else FOUND,
        evidence=tuple(evidence) if requests else (),
        source=source(is_new=is_new),
    )


def at(account: str, region: str = "eu-central-1", name: str = "cowsay/live") -> Target:
    return Target("lambda", account, region, name, f"arn:{account}:{region}:{name}")


PROD = (at("444444444444"), at("444444444444", "us-east-1"))
BEFORE = revision("41", "2026-11-09T14:03:00.000Z", is_new=False)
POLICY = ApprovalPolicy((OPS, LEAD), 172_800, reminder_after_seconds=86_400)
ALARMS = ("cowsay-errors", "cowsay-latency")


def carried(plan: tuple[Step, ...]) -> dict[str, str]:
    return carriage_of(Environment("prod", PROD, POLICY, plan, ALARMS, {}, JudgeSettings(minimum_requests=100)))


LIVES = [
    Live("cowsay", "dev", at("222222222222"), revision("57", "2026-11-23T08:31:00.000Z", is_new=True)),
    Live(
        "cowsay", "staging", at("333333333333"), revision("48", "2026-11-23T08:54:00.000Z", is_new=True, requests=6180)
    ),
    *(Live("cowsay", "prod", target, BEFORE, carried=carried((Step(10, 600),))) for target in PROD),
]
ASKED = Approval(
    id="1f3a",
    environment="prod",
    release=Release("cowsay", Artifact(ArtifactKind.CONTAINER_IMAGE, NEW, "cowsay"), MANIFEST, "4f0c2d1", source()),
    origin=PromotionOrigin(is_manual=False, pushed_by="alice@example.com", tags=("4f0c2d1", "v2.4.0")),
    policy=POLICY,
    targets=PROD,
    settings=WANTED,
    alarms=ALARMS,
    carried=carried((Step(10, 600), Step(50, 1200))),
    firing=("cowsay-latency (444444444444/us-east-1)",),
    execution="arn:aws:states:eu-central-1:111111111111:execution:gantry-promotion:4f0c2d1-4e1c9d0a",
    started_at="2026-11-23T08:29:00.000Z",
    requested_at=REQUESTED,
    expires_at="2026-11-25T09:12:00.000Z",
)
CONFIRMED = replace(
    ASKED,
    policy=replace(ASKED.policy, confirm="type-the-environment"),
    carried={**ASKED.carried, "To be typed": "the environment's name"},
)
ABOUT_CANARY = replace(
    CONFIRMED,
    targets=PROD[:1],
    firing=(),
    canary=CanaryQuestion(
        canary="42",
        stable="41",
        weight=10,
        watched_weight=50,
        step=2,
        steps=2,
        known=KnownOfCanary(
            ("3 of 212 requests failed, 5 of 1,980 on the stable version: worse by at most 4.2 points",),
            minutes=tuple(
                MinuteCounts(f"2026-11-23T08:{minute:02}:00.000Z", 7, minute % 9 == 0, 66, minute % 6 == 0)
                for minute in range(20, 50)
            ),
        ),
        max_bake_seconds=7_200,
        keep_waiting_until="2026-11-23T14:00:00.000Z",
    ),
)
OWN = "This release is yours (a push by “ops@example.com”, as its label says), so somebody else has to approve it."
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
            else "Let us wait until the load test has ended.",
        )
    )


def the_mail(quarantine: Quarantine | None = None) -> ApprovalMail:
    return question_mail(ASKED, fact_sections(ASKED, LIVES, REQUESTED, quarantine), LINK)


def asking(
    approval: Approval = ASKED,
    objection: str | None = None,
    quarantine: Quarantine | None = None,
    lives: Sequence[Live] = LIVES,
) -> str:
    sections = fact_sections(approval, lives, NOW, quarantine)
    return question_page(approval, sections, OPS, NONCE, AnswerChoices(objection))


def asking_about_canary(question: Approval = ABOUT_CANARY) -> str:
    sections = fact_sections(question, LIVES, NOW)
    return question_page(question, sections, OPS, NONCE, AnswerChoices(may_wait=True))


def decided(decision: str = "approved") -> str:
    approval = answered(decision)
    sentence = str(why_closed(approval, OPS, DECIDED, is_running=True))
    return status_page(approval, fact_sections(approval, LIVES, DECIDED), sentence)


def endless() -> Approval:
    """The same with the longest names there are, and nowhere to break them."""
    key = {"environment." + "K" * 250: "V" * 200, "environment.COW_FILE": "V" * 200}
    return replace(
        ASKED,
        environment="e" * 60,
        release=replace(ASKED.release, service="s" * 256, manifest_revision="m" * 1024, tag="t" * 128),
        origin=replace(ASKED.origin, pushed_by="p" * 254, tags=("t" * 128, "u" * 128)),
        policy=replace(ASKED.policy, confirm="type-the-environment"),
        targets=(at("444444444444", name=f"{'f' * 64}/{'a' * 128}"), *PROD),
        settings={**ASKED.settings, **key},
        firing=("w" * 255,),
    )
