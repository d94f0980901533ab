"""Whatever stands in names, tags, reasons and facts is text, and never more than text."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.board.board import Board, EnvironmentOnBoard, Moving, ServiceOnBoard, TargetOnBoard
from gantry.promotion.board.listed_service import LastEnd
from gantry.promotion.drift.record import DriftFinding
from gantry.promotion.drift.states import DriftState
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.live_now import LiveNow
from gantry.promotion.needs.waiting import WaitingRelease
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.source_links import SourceLinks
from gantry.promotion.status_page.board_page import board_page
from gantry.promotion.status_page.links import PageLinks, ServiceContext
from gantry.promotion.status_page.service_page import service_page, unknown_service_page
from gantry.promotion.status_page.view import StatusView
from gantry.promotion.target import Target
from tests.browser.status_example import AT, PAUSE, asked, progress, release
from tests.unit.promotion.documents import Parsed
from tests.unit.promotion.hostile import TEXTS

every_text = pytest.mark.parametrize("text", [*TEXTS, "<b>bold</b>", "a/../b?c#d"])


def hostile(text: str) -> ServiceOnBoard:
    """The service in which everything that comes from outside is `text`."""
    named = replace(release(text), tag=text)
    seen = progress(text).seen
    assert seen
    known = progress(
        text,
        alarms=(text,),
        seen=replace(seen, verdict=text, reasons=(text,)),
        paused=replace(PAUSE, by=text, reason=text),
    )
    live = LiveNow(text, text, AT, text)
    moving = Moving(text, AT, named, known)
    where = Target(text, text, text, text, text)
    drift = DriftFinding(text, text, text, DriftState.UNKNOWN, AT, text, text, text)
    targets = (TargetOnBoard(where, live, moving, (named,)), TargetOnBoard(where, None, drift=drift))
    approval = asked(text, id=text, tag=text, approvers=(text,), approved_by=(text,))
    needing = WaitingRelease(text, text, text, AT, text, text, AT, AT, (text,), (text,))
    return ServiceOnBoard(
        text,
        (EnvironmentOnBoard(text, targets, (approval, replace(approval, target_id=text, weight=1)), needing),),
        (RunningPromotion(text, named, (text,), AT),),
        (Quarantine(text, text, AT, text, text),),
        LastEnd(text, text, AT, text, text, text, text),
    )


def history(text: str) -> list[HistoryEntry]:
    facts: dict[str, Any] = dict.fromkeys(
        ("tag", "digest", "error", "reason", "by", "started_by", "pushed_by", "released_from_quarantine", "verdict"),
        text,
    )
    facts |= dict.fromkeys(("status", "decision", "explanation", "weight", "canary", "check"), text)
    facts |= {name: [text] for name in ("reasons", "notes", "environments", "known", "weakened")}
    facts |= {"answers": [{"approver": text, "reason": text}, text], "evidence": {"failed": {"canary": text}}}
    return [HistoryEntry(text, AT, kind, text, text, text, facts) for kind in HistoryKind]


def pages(text: str) -> dict[str, str]:
    links = PageLinks({text: SourceLinks(text, text, text, f"https://evil.example/{text}")}, lambda _: text)
    context = ServiceContext(text, AT, StatusView(stack=text, before=text), links)
    return {
        "board": board_page(Board(AT, (hostile(text),)), context.view),
        "service": service_page(hostile(text), history(text), context, has_more=True),
        "unknown": unknown_service_page(text, AT, context.view),
    }


@every_text
def test_a_page_has_the_same_elements_whatever_the_texts_are(text: str) -> None:
    """Only links may differ: an address that is not https makes none."""
    for name, html in pages(text).items():
        found, plain = Parsed(html), Parsed(pages("plain")[name])
        assert set(found.names) <= set(plain.names) | {"br", "wbr"}, name
        assert not {"script", "img", "comment"} & set(found.names)


@every_text
def test_no_attribute_runs_anything_and_no_link_leads_to_a_script(text: str) -> None:
    for name, html in pages(text).items():
        attributes = [(key, value or "") for _, each in Parsed(html).elements for key, value in each.items()]
        assert not [key for key, _ in attributes if key.startswith("on") or key == "style"], name
        addresses = [value for key, value in attributes if key in {"href", "src"}]
        assert all(each.startswith(("https://", "?", "status/", "../")) for each in addresses), (name, addresses)


@every_text
def test_nothing_invisible_is_left(text: str) -> None:
    for html in pages(text).values():
        html.encode()
        assert not {"\N{RIGHT-TO-LEFT OVERRIDE}", "\x00", "\x1b", "\N{ZERO WIDTH SPACE}"} & set(html)
