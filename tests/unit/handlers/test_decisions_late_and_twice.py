"""Answers that come twice, late, or at the same instant as another one."""

from typing import Any

import pytest

from gantry.aws.approvals import Approvals
from gantry.promotion.approval import Approval
from gantry.promotion.approval_sentences import explain
from tests.unit.handlers.asking import ID, LONG_AGO, TOKEN, approvals, ask, end, found, outcome_of, wait_for
from tests.unit.handlers.http_requests import LINK, OTHER_LINK, answer, nonce_on, show, text_of
from tests.unit.handlers.payloads import DIGEST, LEAD, OPS, Said
from tests.unit.handlers.records import (
    RELEASED,
    decisions,
    live,
    record_live,
    record_quarantine,
    release_from_quarantine,
)
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]


def press(page: Any, decision: str = "approved", link: str = LINK) -> Any:
    """Press a button of a page that was opened before."""
    return answer(decision, link=link, nonce=nonce_on(page))


@pytest.mark.parametrize("link", [LINK, OTHER_LINK])
@pytest.mark.parametrize("second", ["approved", "rejected"])
def test_a_page_that_was_open_before_the_decision_shows_it_and_changes_nothing(
    workloads: Workloads, items: Said, link: str, second: str
) -> None:
    ask(workloads)
    page = show(link)
    answer("approved", "fine", LINK)
    kept, answers = items(), dict(workloads.executions.answers)
    late = press(page, second, link)
    assert late["statusCode"] == 200
    assert explain(found()) in text_of(late)
    assert items() == kept
    assert workloads.executions.answers == answers


@pytest.mark.parametrize("second", ["approved", "rejected"])
def test_a_nonce_counts_once_and_shows_its_outcome(
    workloads: Workloads, items: Said, announced: Said, second: str
) -> None:
    ask(workloads)
    page = show()
    press(page)
    kept = items()
    announced()
    again = press(page, second)
    assert again["statusCode"] == 409
    assert explain(found()) in text_of(again)
    assert (items(), announced()) == (kept, [])
    assert len(workloads.executions.answers) == 1


def test_a_used_nonce_changes_nothing_while_others_are_missing(workloads: Workloads, items: Said) -> None:
    ask(workloads, quorum=2)
    page = show()
    press(page)
    kept = items()
    again = press(page, "rejected")
    assert again["statusCode"] == 409
    assert items() == kept
    assert workloads.executions.answers == {}


def test_a_used_nonce_is_worth_nothing_on_another_link(workloads: Workloads, items: Said) -> None:
    ask(workloads, quorum=2)
    page = show()
    press(page)
    kept = items()
    foreign = answer(link=OTHER_LINK, nonce=nonce_on(page))
    assert foreign["statusCode"] == 403
    assert items() == kept


def test_nobody_can_approve_for_the_others(workloads: Workloads) -> None:
    ask(workloads, quorum=2)
    first, second = show(), show()
    press(first)
    again = press(second)
    assert again["statusCode"] == 200
    assert len(found().answers) == 1
    assert workloads.executions.answers == {}


@pytest.mark.parametrize("second", ["approved", "rejected"])
def test_two_approvers_at_the_same_instant_are_each_counted_once(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, announced: Said, second: str
) -> None:
    """The other answer comes between reading and writing, so this one has to be written again."""
    ask(workloads, quorum=2)
    mine, theirs = nonce_on(show()), nonce_on(show(OTHER_LINK))
    replace, answers = Approvals._replace, list[Any]()

    def after_the_other_one(ledger: Approvals, before: Approval, after: Approval) -> bool:
        monkeypatch.setattr(Approvals, "_replace", replace)
        answers.append(answer(second, link=OTHER_LINK, nonce=theirs))
        return replace(ledger, before, after)

    monkeypatch.setattr(Approvals, "_replace", after_the_other_one)
    answers.append(answer(nonce=mine))
    assert [each["statusCode"] for each in answers] == [200, 200]
    kept = [LEAD, OPS] if second == "approved" else [LEAD]
    assert [given.approver for given in found().answers] == kept
    assert found().outcome == second
    assert workloads.executions.answers == {TOKEN: outcome_of(found())}
    assert len(announced()) == 1
    assert len(decisions()) == 1


def test_a_double_click_counts_once(workloads: Workloads, monkeypatch: pytest.MonkeyPatch, announced: Said) -> None:
    ask(workloads, quorum=1)
    nonce = nonce_on(show())
    replace, answers = Approvals._replace, list[Any]()

    def after_the_same(ledger: Approvals, before: Approval, after: Approval) -> bool:
        monkeypatch.setattr(Approvals, "_replace", replace)
        answers.append(answer(nonce=nonce))
        return replace(ledger, before, after)

    monkeypatch.setattr(Approvals, "_replace", after_the_same)
    answers.append(answer(nonce=nonce))
    assert [each["statusCode"] for each in answers] == [200, 200]
    assert len(found().answers) == 1
    assert len(announced()) == 1
    assert len(decisions()) == 1


def test_the_machine_finds_an_answer_that_came_before_it_waited(workloads: Workloads) -> None:
    asked = ask(workloads)
    workloads.executions.waiting.clear()
    assert answer()["statusCode"] == 200
    assert workloads.executions.answers == {}
    assert not wait_for(asked, workloads, "late"), "AwaitDecision's condition leads to FollowUpApproval"
    assert found().outcome == "approved"


def test_a_decision_counts_although_no_task_waits_for_it(workloads: Workloads) -> None:
    ask(workloads)
    workloads.executions.waiting.clear()
    assert answer()["statusCode"] == 200
    assert found().outcome == "approved"


@pytest.mark.parametrize("ended", ["expired", "stopped", "superseded"])
def test_after_the_end_nothing_can_be_decided(workloads: Workloads, items: Said, ended: str) -> None:
    ask(workloads)
    nonce = nonce_on(show())
    if ended == "expired":
        approval = found()
        approvals().change(ID, lambda each: Approval(**(_fields(each) | {"expires_at": LONG_AGO})))
        assert approval.outcome is None
    elif ended == "stopped":
        workloads.executions.running.clear()
    else:
        end("superseded", "cowsay tag9")
    kept = found()
    late = answer(nonce=nonce)
    assert late["statusCode"] == 200
    assert "<form" not in late["body"]
    assert found() == kept
    assert "approved" not in {answer.get("decision") for answer in workloads.executions.answers.values()}
    assert items()


def _fields(approval: Approval) -> dict[str, Any]:
    return {name: getattr(approval, name) for name in Approval.__dataclass_fields__}


def test_an_older_page_decides_nothing_once_something_else_is_live(workloads: Workloads, items: Said) -> None:
    record_live(live(7))
    ask(workloads)
    page = show()
    record_live(live(8, 7))
    kept = items()
    outdated = press(page)
    assert outdated["statusCode"] == 409
    assert items() == kept
    assert press(show())["statusCode"] == 200
    assert workloads.executions.answers[TOKEN]["decision"] == "approved"


def test_an_older_page_decides_nothing_once_the_digest_was_released_from_quarantine(
    workloads: Workloads, items: Said
) -> None:
    ask(workloads)
    page = show()
    record_quarantine(DIGEST)
    release_from_quarantine(DIGEST)
    kept = items()
    outdated = press(page)
    assert outdated["statusCode"] == 409
    assert items() == kept
    assert press(show())["statusCode"] == 200
    (snapshot,) = found().snapshots.values()
    assert snapshot["released_from_quarantine"]["released"]["reason"] == RELEASED.reason


def test_an_older_page_still_rejects_a_digest_in_quarantine(workloads: Workloads) -> None:
    ask(workloads)
    page = show()
    record_quarantine(DIGEST)
    assert press(page, decision="rejected")["statusCode"] == 200
    assert found().outcome == "rejected"


def test_an_older_page_still_shows_the_outcome(workloads: Workloads) -> None:
    ask(workloads)
    page = show(OTHER_LINK)
    answer()
    record_live(live(8))
    late = press(page, link=OTHER_LINK)
    assert late["statusCode"] == 200
    assert explain(found()) in text_of(late)
