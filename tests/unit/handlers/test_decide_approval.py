from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gantry.handlers.http_api import decide_approval
from gantry.promotion.approval_answer import Answer
from gantry.promotion.approval_link import nonce_hash
from gantry.promotion.approval_sentences import explain
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.timestamps import moment
from tests.unit.handlers.asking import ID, NONCE_KEY, TOKEN, answered, ask, found, give, outcome_of
from tests.unit.handlers.http_requests import FORM, LINK, OTHER_LINK, answer, nonce_on, posted, request, show, text_of
from tests.unit.handlers.payloads import AUTHOR, BOSS, DIGEST, LEAD, OPS, PROMOTION, Said, as_json, invoke
from tests.unit.handlers.records import decisions, live, record_live, record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

SNAPSHOT = {
    "digest": DIGEST,
    "tag": "4f0c2d1",
    "manifest_revision": "revision-2",
}


def press(page: Any, decision: str = "approved", link: str = LINK) -> Any:
    """Press a button of a page that was opened before."""
    return answer(decision, link=link, nonce=nonce_on(page))


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_a_decision_answers_the_machine_and_is_kept_with_everything_about_it(
    workloads: Workloads, decision: str
) -> None:
    ask(workloads)
    page = show()
    taken = answer(decision, "  looks fine to me  ", nonce=nonce_on(page))
    decided = found()
    (given,) = decided.answers
    ((fingerprint, snapshot),) = decided.snapshots.items()
    assert snapshot.items() >= SNAPSHOT.items()
    assert snapshot["differences"][0]["changes"] == [["memory_mb", None, "512"]]
    assert given == Answer(
        approver=OPS,
        decision="approved" if decision == "approved" else "rejected",
        at=given.at,
        identity=OPS,
        source_ip="203.0.113.7",
        user_agent="Mozilla/5.0",
        snapshot=fingerprint,
        reason="looks fine to me",
        nonce=nonce_hash(nonce_on(page)),
    )
    assert abs(datetime.now(UTC) - moment(given.at)) < timedelta(minutes=1)
    assert (decided.outcome, decided.ended_at) == (decision, given.at)
    assert workloads.executions.answers == {TOKEN: outcome_of(decided)}
    kept = {"snapshot": fingerprint, "source_ip": "203.0.113.7", "user_agent": "Mozilla/5.0"}
    facts = {"digest": DIGEST, "tag": "4f0c2d1", "snapshots": {fingerprint: snapshot}, **outcome_of(decided)}
    facts["answers"] = [facts["answers"][0] | kept]
    entry = HistoryEntry("cowsay", given.at, HistoryKind.APPROVAL_DECIDED, PROMOTION, "prod", facts=facts)
    assert _without_nothing(decisions()[0]) == _without_nothing(entry)
    assert taken["statusCode"] == 200
    assert explain(decided) in text_of(taken)


def _without_nothing(entry: HistoryEntry) -> tuple[Any, ...]:
    """The ledger leaves out what is None."""
    facts = {name: value for name, value in entry.facts.items() if value is not None}
    return (entry.at, entry.kind, entry.execution, entry.environment, facts)


def test_a_decision_is_published_and_counted_once(workloads: Workloads, announced: Said, counted: Any) -> None:
    ask(workloads)
    first, second = show(), show(OTHER_LINK)
    press(first)
    press(first)
    press(second, "rejected", OTHER_LINK)
    (event,) = announced()
    assert event["detail-type"] == "Promotion Approval Decided"
    outcome = as_json(outcome_of(found()))
    assert outcome.pop("live") == {}, "for the machine alone"
    assert event["detail"] == outcome | {
        "service": "cowsay",
        "digest": DIGEST,
        "tag": "4f0c2d1",
        "source": None,
        "approval": ID,
        "execution": PROMOTION,
    }
    assert counted() == {"ApprovalsApproved": 1}


def test_the_first_of_two_approvals_waits_for_the_second(workloads: Workloads, announced: Said) -> None:
    ask(workloads, quorum=2)
    first = answer()
    assert first["statusCode"] == 200
    assert (found().outcome, workloads.executions.answers, announced(), decisions()) == (None, {}, [], [])
    answer(link=OTHER_LINK)
    assert found().outcome == "approved"
    assert [given["approver"] for given in workloads.executions.answers[TOKEN]["answers"]] == [OPS, LEAD]
    assert len(announced()) == 1


@pytest.mark.parametrize("decisions", [("rejected",), ("approved", "rejected")])
def test_one_rejection_ends_it_at_once(workloads: Workloads, announced: Said, decisions: tuple[str, ...]) -> None:
    ask(workloads, OPS, LEAD, BOSS, quorum=3)
    for decision, link in zip(decisions, (LINK, OTHER_LINK), strict=False):
        answer(decision, "not on a Friday" if decision == "rejected" else "", link)
    assert workloads.executions.answers == {TOKEN: outcome_of(found())}
    assert workloads.executions.answers[TOKEN]["decision"] == "rejected"
    assert "not on a Friday" in workloads.executions.answers[TOKEN]["explanation"]
    assert len(announced()) == 1


def test_people_cannot_approve_their_own_release_and_can_reject_it(workloads: Workloads, items: Said) -> None:
    ask(workloads, AUTHOR, OPS)
    page = show()
    kept = items()
    refusal = press(page)
    assert refusal["statusCode"] == 403
    assert items() == kept
    assert press(page, "rejected")["statusCode"] == 200
    assert found().outcome == "rejected"


@pytest.mark.parametrize("typed", ["", "staging", "PROD", "pro d"])
def test_the_environments_name_has_to_be_right_to_approve(workloads: Workloads, items: Said, typed: str) -> None:
    ask(workloads, confirm="type-the-environment")
    page = show()
    kept = items()
    refusal = answer(nonce=nonce_on(page), environment=typed)
    assert refusal["statusCode"] == 400
    assert items() == kept
    assert answer(nonce=nonce_on(page), environment=" prod ")["statusCode"] == 200
    assert found().outcome == "approved"


def test_a_digest_in_quarantine_cannot_be_approved_and_can_be_rejected(workloads: Workloads, items: Said) -> None:
    ask(workloads)
    page = show()
    record_quarantine(DIGEST)
    kept = items()
    refusal = press(page)
    assert refusal["statusCode"] == 409
    assert "rolled back in dev" in text_of(refusal)
    assert items() == kept
    assert workloads.executions.answers == {}
    assert press(page, "rejected")["statusCode"] == 200
    assert found().outcome == "rejected"


def test_rejecting_needs_no_confirmation(workloads: Workloads) -> None:
    ask(workloads, confirm="type-the-environment")
    assert answer("rejected")["statusCode"] == 200
    assert found().outcome == "rejected"


def test_an_unknown_link_decides_nothing(workloads: Workloads, items: Said) -> None:
    ask(workloads)
    nonce = nonce_on(show())
    kept = items()
    for link in ("a-link-that-somebody-guessed", LINK[:-1], f"{LINK}x"):
        refusal = answer(link=link, nonce=nonce)
        assert refusal["statusCode"] == 404
    assert items() == kept
    assert workloads.executions.answers == {}


@pytest.mark.parametrize("link", [f'{LINK}"', "one\ntwo", "one\\two", f"{LINK}/more", ""])
def test_an_impossible_link_gets_the_page_of_an_unknown_one(workloads: Workloads, items: Said, link: str) -> None:
    ask(workloads)
    nonce = nonce_on(show())
    kept = items()
    assert answer(link=link, nonce=nonce) == show("nowhere")
    assert items() == kept


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])
def test_no_other_method_decides(workloads: Workloads, items: Said, method: str) -> None:
    ask(workloads)
    event = posted({"decision": "approved", "nonce": nonce_on(show())})
    kept = items()
    event["requestContext"]["http"]["method"] = method
    assert invoke(decide_approval.handler, event)["statusCode"] == 404
    assert items() == kept
    assert workloads.executions.answers == {}


def test_a_browser_without_a_name_can_decide_too(workloads: Workloads) -> None:
    ask(workloads)
    event = posted({"decision": "approved", "nonce": nonce_on(show())})
    del event["headers"]["user-agent"], event["requestContext"]["http"]["userAgent"]
    assert invoke(decide_approval.handler, event)["statusCode"] == 200
    assert found().answers[0].user_agent == "none"


def test_the_beginning_of_a_browsers_name_is_kept(workloads: Workloads) -> None:
    ask(workloads)
    event = posted({"decision": "approved", "nonce": nonce_on(show())})
    event["requestContext"]["http"]["userAgent"] = "Mozilla/5.0 " + "x" * 8000
    assert invoke(decide_approval.handler, event)["statusCode"] == 200
    assert found().answers[0].user_agent == "Mozilla/5.0 " + "x" * 488


def test_the_same_facts_are_kept_once_for_two_approvers(workloads: Workloads) -> None:
    ask(workloads, quorum=2)
    answer()
    answer(link=OTHER_LINK)
    (fingerprint,) = found().snapshots
    assert [given.snapshot for given in found().answers] == [fingerprint, fingerprint]
    assert list(decisions()[0].facts["snapshots"]) == [fingerprint]


def test_facts_that_changed_between_two_approvers_are_kept_twice(workloads: Workloads) -> None:
    ask(workloads, quorum=2)
    answer()
    record_live(live(7))
    answer(link=OTHER_LINK)
    first, second = (found().snapshots[given.snapshot] for given in found().answers)
    assert (first["differences"][0]["live"], second["differences"][0]["live"]) == ([None], ["version 7 (tag7)"])
    assert decisions()[0].facts["snapshots"].keys() == found().snapshots.keys()


def test_the_answer_has_the_pages_headers(workloads: Workloads) -> None:
    ask(workloads)
    page = show()
    for taken in (press(page), press(page), invoke(decide_approval.handler, request("POST", headers={"a": FORM}))):
        assert taken["headers"] == page["headers"]


def test_no_page_log_or_event_has_a_secret(workloads: Workloads, logged: list[str], announced: Said) -> None:
    ask(workloads)
    page = show()
    text = "".join(press(each)["body"] for each in (page, page))
    text += press(page, link="nowhere")["body"] + "".join(logged) + str(announced()) + str(decisions())
    assert logged
    for secret in (TOKEN, LINK, NONCE_KEY, nonce_on(page)):
        assert secret not in text


def test_an_earlier_answer_stays_as_it_was(workloads: Workloads) -> None:
    ask(workloads, quorum=2)
    give(answered(approver=LEAD, reason="fine"))
    answer()
    assert [(given.approver, given.reason) for given in found().answers] == [(LEAD, "fine"), (OPS, None)]
