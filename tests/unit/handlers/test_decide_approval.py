from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aws.approvals import Approvals
from handlers import decide_approval
from promotion.approval import Approval, link_key
from promotion.ledger import HistoryEntry
from promotion.moments import moment
from tests.unit.handlers.http_requests import (
    LEAD,
    LINK,
    LONG_AGO,
    OPS,
    OTHER_LINK,
    TOKEN,
    ask,
    posted,
    text_of,
)
from tests.unit.handlers.payloads import DIGEST, PROMOTION, Said, invoke
from tests.unit.handlers.records import history
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]


@pytest.fixture(autouse=True)
def waiting(workloads: Workloads) -> None:
    workloads.executions.waiting.add(TOKEN)


def decide(decision: str = "approved", reason: str = "", link: str = LINK) -> Any:
    return invoke(decide_approval.handler, posted({"decision": decision, "reason": reason}, link))


def found() -> Approval:
    there = Approvals.from_env().find(link_key(LINK))
    assert there
    return there[0]


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_a_decision_answers_the_machine_and_is_kept_with_who_when_and_why(
    workloads: Workloads, items: Said, decision: str
) -> None:
    ask()
    answer = decide(decision, "  looks fine to me  ")
    decided = found()
    assert (decided.decision, decided.decided_by, decided.reason) == (decision, OPS, "looks fine to me")
    assert decided.decided_at
    assert abs(datetime.now(UTC) - moment(decided.decided_at)) < timedelta(minutes=1)
    given = {
        "decision": decision,
        "decided_by": OPS,
        "decided_at": decided.decided_at,
        "reason": "looks fine to me",
    }
    assert workloads.executions.answers == {TOKEN: given}
    facts = {"image_digest": DIGEST, "tag": "4f0c2d1"} | given
    entry = HistoryEntry("cowsay", decided.decided_at, "approval_decided", PROMOTION, "prod", facts=facts)
    assert history() == [entry]
    (approval,) = [item for item in items() if item["sk"] == "approval"]
    assert approval["decided_from"] == {"source_ip": "203.0.113.7", "user_agent": "Mozilla/5.0"}
    assert answer["statusCode"] == 200
    assert f"{decision.capitalize()} by {OPS} at {decided.decided_at}. Reason: looks fine to me" in text_of(answer)


def test_a_decision_is_announced_and_counted_once(announced: Said, counted: Any) -> None:
    ask()
    decide()
    decide()
    (event,) = announced()
    assert event["detail-type"] == "Promotion Approval Decided"
    assert (
        event["detail"].items()
        >= {
            "service": "cowsay",
            "environment": "prod",
            "image_digest": DIGEST,
            "decision": "approved",
            "decided_by": OPS,
            "reason": None,
            "execution": PROMOTION,
        }.items()
    )
    assert counted() == {"ApprovalsDecided": 1}


@pytest.mark.parametrize(("link", "second"), [(LINK, "rejected"), (OTHER_LINK, "rejected"), (OTHER_LINK, "approved")])
def test_a_second_click_shows_the_first_decision_and_changes_nothing(
    workloads: Workloads, items: Said, link: str, second: str
) -> None:
    ask()
    decide("approved", "fine")
    kept, answers = items(), dict(workloads.executions.answers)
    answer = decide(second, "changed my mind", link)
    assert answer["statusCode"] == 200
    assert f"Approved by {OPS}" in text_of(answer)
    assert "Reason: fine" in text_of(answer)
    assert items() == kept
    assert workloads.executions.answers == answers


def test_the_second_approver_decides_as_themselves(workloads: Workloads) -> None:
    ask()
    decide("rejected", link=OTHER_LINK)
    assert found().decided_by == workloads.executions.answers[TOKEN]["decided_by"] == LEAD


def test_of_two_decisions_at_the_same_moment_one_counts(workloads: Workloads, monkeypatch: pytest.MonkeyPatch) -> None:
    approval = ask()
    real = Approvals.decide

    def after_the_other_one(approvals: Approvals, *arguments: Any) -> Approval:
        real(approvals, approval.id, "rejected", LEAD, "2026-11-22T10:00:00.000Z", None, "198.51.100.9", "curl")
        return real(approvals, *arguments)

    monkeypatch.setattr(Approvals, "decide", after_the_other_one)
    answer = decide("approved")
    assert f"Rejected by {LEAD}" in text_of(answer)
    assert workloads.executions.answers[TOKEN]["decision"] == "rejected"


def test_a_click_after_a_decision_that_did_not_reach_the_machine_carries_it_there(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()

    def fails(*_: Any) -> bool:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(workloads.executions, "succeed", fails)
        with pytest.raises(TimeoutError):
            decide("approved")
    decide("rejected", link=OTHER_LINK)
    assert workloads.executions.answers[TOKEN]["decision"] == "approved"
    assert len(history()) == 1


def test_a_decision_that_comes_when_nobody_waits_any_more_is_ignored(
    workloads: Workloads, announced: Said, logged: list[str]
) -> None:
    workloads.executions.waiting.clear()
    ask()
    assert decide()["statusCode"] == 200
    assert any("safely ignored" in line for line in logged)
    assert announced() == []


def test_after_the_expiry_nothing_can_be_decided(workloads: Workloads, items: Said) -> None:
    ask(LONG_AGO)
    kept = items()
    answer = decide()
    assert answer["statusCode"] == 200
    assert "Nobody decided until" in text_of(answer)
    assert items() == kept
    assert workloads.executions.answers == {}


def test_a_link_that_never_was_decides_nothing(workloads: Workloads, items: Said) -> None:
    ask()
    kept = items()
    assert decide(link="a-link-that-somebody-guessed")["statusCode"] == 404
    assert items() == kept
    assert workloads.executions.answers == {}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_no_other_method_decides(workloads: Workloads, items: Said, method: str) -> None:
    ask()
    kept = items()
    event = posted({"decision": "approved"})
    event["requestContext"]["http"]["method"] = method
    assert invoke(decide_approval.handler, event)["statusCode"] == 404
    assert items() == kept
    assert workloads.executions.answers == {}


def test_a_browser_that_does_not_say_what_it_is_may_decide_too(items: Said) -> None:
    ask()
    event = posted({"decision": "approved"})
    del event["headers"]["user-agent"], event["requestContext"]["http"]["userAgent"]
    invoke(decide_approval.handler, event)
    (approval,) = [item for item in items() if item["sk"] == "approval"]
    assert approval["decided_from"]["user_agent"] == "none"


def test_neither_the_page_nor_the_log_tells_the_token_or_the_link(logged: list[str]) -> None:
    ask()
    told = decide()["body"] + "".join(logged)
    assert "approval decided" in told
    assert TOKEN not in told
    assert LINK not in told
