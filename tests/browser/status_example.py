"""A board and a service's history as they could come up, always the same; with as many services as one likes."""

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from typing import Any

from rich.console import Console
from rich.terminal_theme import MONOKAI

from gantry.command_line.watch_view import drawn
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.board.board import Board, EnvironmentOnBoard, Moving, ServiceOnBoard, TargetOnBoard
from gantry.promotion.board.canary_progress import CanaryProgress, CanarySeen, Pause
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.board.listed_service import LastEnd
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.live_now import LiveNow
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.release import Release
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.source_links import SourceLinks
from gantry.promotion.status_page.board_page import board_page
from gantry.promotion.status_page.links import PageLinks, ServiceContext
from gantry.promotion.status_page.service_page import service_page, unknown_service_page
from gantry.promotion.status_page.view import StatusView
from gantry.promotion.target import Target
from tests.browser.example import source

AT = "2026-11-23T10:40:00.000Z"
NEW, OLD, BROKEN = (
    "sha256:" + "9f86d081884c7d65" * 4,
    "sha256:" + "60303ae22b998861" * 4,
    "sha256:" + "5e884898da280471" * 4,
)
OPS, LEAD = "ops@example.com", "lead@example.com"
ALICE = "arn:aws:sts::111111111111:assumed-role/Operators/alice"
ACCOUNTS = {"dev": "222222222222", "staging": "333333333333", "prod": "444444444444"}
EXECUTION = "arn:aws:states:eu-central-1:111111111111:execution:gantry-deployment:{}"


def release(service: str, *, is_new: bool = True) -> Release:
    digest = NEW if is_new else OLD
    artifact = Artifact(ArtifactKind.CONTAINER_IMAGE, digest, service)
    tag = "4f0c2d1" if is_new else "a91be07"
    return Release(service, artifact, "wTb1Jq8kUSXv9nQm2r7cPzHd4LgYxE0a", tag, source(is_new=is_new))


def target(service: str, environment: str, region: str = "eu-central-1") -> Target:
    account = ACCOUNTS[environment]
    return Target("lambda", account, region, f"{service}/live", f"arn:aws:lambda:{region}:{account}:function:{service}")


def live(revision: str, since: str, *, is_new: bool) -> LiveNow:
    digest, tag = (NEW, "4f0c2d1") if is_new else (OLD, "a91be07")
    return LiveNow(revision, digest, since, tag, "wTb1Jq8k", source(is_new=is_new))


def progress(service: str, **changes: Any) -> CanaryProgress:
    known = CanaryProgress(
        service=service,
        environment="prod",
        target_id=target(service, "prod").id,
        execution=EXECUTION.format("4f0c2d1"),
        stable="41",
        canary="42",
        step=2,
        steps=3,
        weight=25,
        waits_for="bake",
        shifted_at="2026-11-23T10:34:00.000Z",
        bake_until="2026-11-23T10:44:00.000Z",
        ends_at="2026-11-23T12:30:00.000Z",
        alarms=(f"{service}-errors", f"{service}-latency"),
        seen=CanarySeen(
            "2026-11-23T10:39:00.000Z",
            "inconclusive",
            ("3 of 212 requests failed, 5 of 1,980 on the stable version: worse by at most 4.2 points",),
            canary_requests=212,
            canary_failed=3,
            stable_requests=1980,
            stable_failed=5,
        ),
    )
    return replace(known, **changes)


PAUSE = Pause(ALICE, "2026-11-23T10:36:00.000Z", "the load test runs until eleven", "2026-11-23T12:30:00.000Z")


def moving(service: str, **changes: Any) -> Moving:
    return Moving(
        EXECUTION.format("4f0c2d1"), "2026-11-23T10:31:00.000Z", release(service), progress(service, **changes)
    )


def asked(service: str, **changes: Any) -> ListedApproval:
    known = ListedApproval(
        id="1f3a8c52d9e04b7f8a6c",
        service=service,
        environment="prod",
        digest=NEW,
        tag="4f0c2d1",
        execution=EXECUTION.format("4f0c2d1"),
        requested_at="2026-11-23T09:12:00.000Z",
        expires_at="2026-11-25T09:12:00.000Z",
        quorum=2,
        approvers=(OPS, LEAD),
        approved_by=(LEAD,),
        source=source(),
    )
    return replace(known, **changes)


def environments(service: str, prod: Sequence[TargetOnBoard], **about_prod: Any) -> tuple[EnvironmentOnBoard, ...]:
    def quiet(name: str, revision: str, since: str) -> EnvironmentOnBoard:
        return EnvironmentOnBoard(name, (TargetOnBoard(target(service, name), live(revision, since, is_new=True)),))

    return (
        quiet("dev", "57", "2026-11-23T08:31:00.000Z"),
        quiet("staging", "48", "2026-11-23T08:54:00.000Z"),
        EnvironmentOnBoard("prod", tuple(prod), **about_prod),
    )


def quiet(service: str) -> ServiceOnBoard:
    prod = [TargetOnBoard(target(service, "prod"), live("41", "2026-11-09T14:03:00.000Z", is_new=True))]
    end = LastEnd(service, EXECUTION.format("quiet"), "2026-11-23T08:59:00.000Z", NEW, "4f0c2d1")
    return ServiceOnBoard(service, environments(service, prod), last_end=end)


def busy(service: str, **changes: Any) -> ServiceOnBoard:
    """With a canary in one region of prod."""
    before = live("41", "2026-11-09T14:03:00.000Z", is_new=False)
    prod = [
        TargetOnBoard(target(service, "prod"), before, moving(service, **changes)),
        TargetOnBoard(target(service, "prod", "us-east-1"), before, waiting=(release(service),)),
    ]
    running = RunningPromotion(
        EXECUTION.format("4f0c2d1"), release(service), ("dev", "staging", "prod"), "2026-11-23T08:29:00.000Z"
    )
    return ServiceOnBoard(service, environments(service, prod), (running,))


def asking(service: str) -> ServiceOnBoard:
    prod = [TargetOnBoard(target(service, "prod"), live("41", "2026-11-09T14:03:00.000Z", is_new=False))]
    return ServiceOnBoard(service, environments(service, prod, approvals=(asked(service),)))


def failed(service: str) -> ServiceOnBoard:
    prod = [TargetOnBoard(target(service, "prod"), live("41", "2026-11-09T14:03:00.000Z", is_new=False))]
    why = "17 of 241 requests failed, 4 of 2,104 on the stable version: worse by at least 3.1 points"
    end = LastEnd(
        service, EXECUTION.format("bad"), "2026-11-23T07:20:00.000Z", BROKEN, "0bad5ed", "CanaryUnhealthyError", why
    )
    quarantine = Quarantine(
        service, BROKEN, "2026-11-23T07:20:00.000Z", f"rolled back in staging: {why}", end.execution
    )
    return ServiceOnBoard(service, environments(service, prod), quarantined=(quarantine,), last_end=end)


def board(services: int) -> Board:
    """A board of so many services: of a few, one in each state; of many, most are quiet."""
    if services <= 3:
        found: list[ServiceOnBoard] = [failed("billing"), busy("cowsay"), asking("team/search")][:services]
        return Board(AT, tuple(found))
    makers = {7: busy, 11: asking, 13: failed}
    names = [f"team-{number // 10:02}/service-{number:03}" for number in range(services)]
    return Board(AT, tuple(makers.get(number % 25, quiet)(each) for number, each in enumerate(names)))


COMES_FROM = SourceLinks(
    "https://github.com/acme/cowsay",
    "https://github.com/acme/cowsay/commit/4f0c2d1",
    "https://github.com/acme/cowsay/compare/a91be07...4f0c2d1",
    "https://github.com/acme/cowsay/actions/runs/11973",
)


def evidence(canary: tuple[int, int], stable: tuple[int, int]) -> dict[str, Any]:
    def of(requests: int, bad: int) -> dict[str, Any]:
        return {"requests": requests, "bad": bad, "rate": 100 * bad / requests}

    return {"compared": True, "minutes": 10, "failed": {"canary": of(*canary), "stable": of(*stable)}}


def entry(at: str, kind: HistoryKind, environment: str | None = None, **facts: Any) -> HistoryEntry:
    known = {"digest": NEW, "tag": "4f0c2d1"} if "tag" not in facts else {}
    place = target("cowsay", environment).id if environment else None
    moment = f"2026-11-{at}:00.000Z"
    return HistoryEntry("cowsay", moment, kind, EXECUTION.format("4f0c2d1"), environment, place, known | facts)


_KIND = HistoryKind
SO_FAR = "3 of 212 requests failed, 5 of 1,980 on the stable version: worse by at most 4.2 points"
FINE = "2 of 6,180 requests failed, 3 of 6,011 on the stable version: worse by at most 0.3 points"
WORSE = "17 of 241 requests failed, 4 of 2,104 on the stable version: worse by at least 3.1 points"
BAD = {"digest": BROKEN, "tag": "0bad5ed"}
ANSWER = {"approver": LEAD, "reason": "The latency alarm is the load test; it was announced."}


def judged(at: str, environment: str, verdict: str, weight: int, reason: str, **facts: Any) -> HistoryEntry:
    return entry(at, _KIND.CANARY_JUDGED, environment, verdict=verdict, weight=weight, reasons=[reason], **facts)


HISTORY = (
    judged("23T10:39", "prod", "inconclusive", 25, SO_FAR, canary="42", evidence=evidence((212, 3), (1980, 5))),
    entry(
        "23T10:30",
        _KIND.APPROVAL_DECIDED,
        decision="approved",
        explanation="ops@example.com and lead@example.com approved it.",
        answers=[ANSWER],
    ),
    entry("23T08:54", _KIND.DEPLOYMENT_COMPLETED, "staging", revision="48"),
    judged("23T08:50", "staging", "healthy", 50, FINE, canary="48", evidence=evidence((6180, 2), (6011, 3))),
    entry("23T08:29", _KIND.PROMOTION_STARTED, environments=["dev", "staging", "prod"], pushed_by="alice@example.com"),
    entry("22T15:20", _KIND.DEPLOYMENT_ROLLED_BACK, "staging", error="CanaryUnhealthyError", reason=WORSE, **BAD),
    judged("22T15:19", "staging", "unhealthy", 10, WORSE, canary="47", evidence=evidence((241, 17), (2104, 4)), **BAD),
)
LINKS = PageLinks(
    {NEW: COMES_FROM}, lambda _: "https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1"
)


def the_board(services: int, **view: Any) -> str:
    return board_page(board(services), StatusView(**view))


def the_service(
    name: str = "cowsay", entries: Sequence[HistoryEntry] = HISTORY, paused: Pause | None = None, **view: Any
) -> str:
    context = ServiceContext(name, AT, StatusView(**view), LINKS)
    return service_page(busy(name, paused=paused), entries, context)


def nobody() -> str:
    return unknown_service_page("nobody", AT, StatusView())


def the_timeline() -> str:
    """One environment and a short history, for a picture."""
    service = busy("cowsay")
    short = replace(service, environments=service.environments[1:2], promotions=())
    return service_page(short, HISTORY[3:], ServiceContext("cowsay", AT, StatusView(), LINKS))


def the_watch() -> str:
    """What `gantry watch` draws in a terminal of 80 columns, as a page of its own."""
    console = Console(record=True, width=80, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(drawn(board(3)))
    code = console.export_html(theme=MONOKAI, inline_styles=True, code_format="{code}")
    style = "margin:0;padding:16px;background:#0c0c0c;color:#d9d9d9;font:13px/1.35 'DejaVu Sans Mono',monospace"
    prompt = "<span style='color:#8c8c8c'>$ gantry watch</span>"
    links = "<style>a{color:inherit;text-decoration:none}</style>"  # as terminals show them
    return f"<!doctype html>{links}<body style=\"{style}\"><pre style='margin:0;font:inherit'>{prompt}\n{code}</pre>"
