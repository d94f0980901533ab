"""Answers about a canary: by link and by a signed call, within the environment's rules, each counted once."""

import json
from dataclasses import replace

import pytest

from tests.unit.handlers.asking import LATER, LONG_AGO, add_link, approvals, found
from tests.unit.handlers.canary_questions import QUESTION, TOKEN, ask, deploying, question, wait
from tests.unit.handlers.http_requests import LINK, OTHER_LINK, answer, call, nonce_on, show, text_of
from tests.unit.handlers.payloads import AUTHOR, BOT, DIGEST, LEAD, OPS
from tests.unit.handlers.records import record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "told", "mailed"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]
CALLER = "arn:aws:sts::111111111111:assumed-role/bot/alice"


@pytest.fixture(autouse=True)
def asked(workloads: Workloads, ledger: object, told: object, mailed: object) -> None:
    deploying(workloads, OPS, AUTHOR, BOT, LEAD, quorum=2)
    ask()
    wait(workloads)
    for link, person in ((LINK, OPS), (OTHER_LINK, AUTHOR)):
        add_link(link, person, question())


def offered(page: dict[str, str]) -> list[str]:
    return [each for each in ("approved", "keep_waiting", "rejected") if f'value="{each}"' in page["body"]]


def no_more_waiting() -> None:
    """Let the time until which waiting is offered be over."""
    asked = question()
    assert asked.canary
    over = replace(asked.canary, keep_waiting_until=LATER)
    approvals().change(QUESTION, lambda each: replace(each, canary=over))


def test_the_page_offers_three_answers() -> None:
    assert offered(show()) == ["approved", "keep_waiting", "rejected"]


def test_whose_release_it_is_cannot_promote_it_anyway_but_can_decide_otherwise(workloads: Workloads) -> None:
    assert offered(show(OTHER_LINK)) == ["keep_waiting", "rejected"]

    refused = answer("approved", link=OTHER_LINK)

    assert refused["statusCode"] == 403
    assert "You can roll it back." in text_of(refused)
    assert answer("rejected", link=OTHER_LINK)["statusCode"] == 200
    assert question().outcome == "rejected"
    assert workloads.executions.answers[TOKEN]["decision"] == "rejected"


def test_a_digest_that_was_quarantined_meanwhile_can_only_go_back() -> None:
    record_quarantine(DIGEST, "rolled back in dev")

    assert offered(show()) == ["rejected"]
    assert answer("approved")["statusCode"] == 409
    assert answer("keep_waiting")["statusCode"] == 403
    assert question().answers == ()


def test_when_waiting_is_not_offered_any_more_an_older_page_cannot_choose_it() -> None:
    page = show()
    no_more_waiting()

    assert offered(show()) == ["approved", "rejected"]
    refused = answer("keep_waiting", nonce=nonce_on(show()))
    assert (refused["statusCode"], "Nobody can choose to keep waiting" in text_of(refused)) == (403, True)
    assert answer("keep_waiting", nonce=nonce_on(page))["statusCode"] == 409
    assert question().outcome is None


def test_two_pages_that_are_sent_at_once_count_once_each_and_the_first_outcome_stays() -> None:
    pages = {link: nonce_on(show(link)) for link in (LINK, OTHER_LINK)}

    answer("keep_waiting", nonce=pages[LINK])
    late = answer("rejected", link=OTHER_LINK, nonce=pages[OTHER_LINK])

    assert question().outcome == "keep_waiting"
    assert [each.approver for each in question().answers] == [OPS]
    assert "is watched for 2h more" in text_of(late)


def test_the_same_form_sent_twice_counts_once() -> None:
    nonce = nonce_on(show())
    answer("approved", nonce=nonce)

    again = answer("approved", nonce=nonce)

    assert again["statusCode"] == 409
    assert question().approved_by == (OPS,)


def test_an_answer_after_the_eight_hours_changes_nothing() -> None:
    nonce = nonce_on(show())
    approvals().change(QUESTION, lambda each: replace(each, expires_at=LONG_AGO))

    late = answer("approved", nonce=nonce)

    assert "Nobody answered" in text_of(late)
    assert question().answers == ()


def test_a_signed_call_can_keep_waiting(workloads: Workloads) -> None:
    taken = call(QUESTION, CALLER, decision="keep_waiting")

    assert json.loads(taken["body"])["decision"] == "keep_waiting"
    assert workloads.executions.answers[TOKEN]["decision"] == "keep_waiting"


def test_a_question_before_a_deployment_offers_no_waiting(workloads: Workloads) -> None:
    before = found()
    workloads.executions.running.add(before.execution)

    refused = call(before.id, CALLER, decision="keep_waiting")

    assert refused["statusCode"] == 403
    assert found().answers == ()
