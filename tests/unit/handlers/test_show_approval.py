import re
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from gantry.aws.approvals import Approvals
from gantry.promotion.approval_page import STYLE_SOURCE
from gantry.promotion.approval_sentences import explain
from gantry.promotion.console_links import execution_page
from gantry.promotion.fact_section import RELEASED
from gantry.promotion.visible_text import one_line, quoted
from tests.unit.handlers.asking import FAR_AWAY, LONG_AGO, NONCE_KEY, TOKEN, answered, approvals, ask, end, found, give
from tests.unit.handlers.http_requests import LINK, OTHER_LINK, nonce_on, show, text_of
from tests.unit.handlers.payloads import ALARM, AUTHOR, DIGEST, LEAD, OLD_DIGEST, OPS, PROMOTION, Said
from tests.unit.handlers.records import live, record_live, record_quarantine, release_from_quarantine
from tests.unit.handlers.workloads import Workloads
from tests.unit.promotion.hostile import TEXTS

pytestmark = pytest.mark.usefixtures("ledger")

Before = Callable[[Workloads], object]


@pytest.fixture
def calls(ledger: Any) -> Iterator[list[str]]:
    """The operations that are called on DynamoDB."""
    asked: list[str] = []
    events = approvals()._table.meta.client.meta.events

    def note(model: Any, **_: Any) -> None:
        asked.append(model.name)

    events.register("before-call.dynamodb", note)
    yield asked
    events.unregister("before-call.dynamodb", note)


def nothing(_: Workloads) -> None:
    """Ask nobody."""


def answer_one_of_two(workloads: Workloads) -> None:
    ask(workloads, quorum=2)
    give(answered(approver=OPS))


def approve(workloads: Workloads) -> None:
    ask(workloads)
    give(answered(reason="looks fine to me"))


def reject(workloads: Workloads) -> None:
    ask(workloads, quorum=2)
    give(answered("rejected", reason="not on a Friday"))


def supersede(workloads: Workloads) -> None:
    ask(workloads)
    end("superseded", "cowsay tag9")


def expire(workloads: Workloads) -> None:
    ask(workloads, expires_at=LONG_AGO)


def stop(workloads: Workloads) -> None:
    ask(workloads)
    workloads.executions.running.clear()


def test_each_approver_gets_a_form_with_a_nonce_of_their_own(workloads: Workloads) -> None:
    record_live(live(7))
    ask(workloads)
    for link, approver in ((LINK, OPS), (OTHER_LINK, LEAD)):
        page = show(link)
        assert page["statusCode"] == 200
        assert f"You answer as {approver}, until " in text_of(page)
        assert '<form method="post">' in page["body"]
        for fact in (DIGEST, "4f0c2d1", AUTHOR, "version 7 (tag7)", ALARM):
            assert fact in text_of(page)
    nonces = {nonce_on(show(link)) for link in (LINK, LINK, OTHER_LINK)}
    assert len(nonces) == 3
    assert all(len(nonce) >= 128 // 4 for nonce in nonces)


def test_the_page_shows_what_is_live_now_and_not_what_was_live_at_the_request(workloads: Workloads) -> None:
    ask(workloads)
    assert "version 8 (tag8)" not in text_of(show())
    record_live(live(8, 7))
    assert "version 8 (tag8)" in text_of(show())


def test_a_box_for_the_environments_name_is_there_where_the_manifest_asks_for_it(workloads: Workloads) -> None:
    ask(workloads, confirm="type-the-environment")
    assert 'name="environment"' in show()["body"]


def test_people_can_only_reject_their_own_release(workloads: Workloads) -> None:
    ask(workloads, AUTHOR, OPS)
    page = show(LINK)
    assert "This release is yours" in text_of(page)
    assert 'value="rejected"' in page["body"]
    assert 'value="approved"' not in page["body"]
    others = show(OTHER_LINK)
    assert 'value="approved"' in others["body"]
    assert "yours" not in text_of(others)


def test_a_digest_in_quarantine_can_only_be_rejected(workloads: Workloads) -> None:
    ask(workloads, AUTHOR, OPS)
    record_quarantine(DIGEST)
    for link in (LINK, OTHER_LINK):
        page = show(link)
        assert "quarantine" in text_of(page)
        assert 'value="rejected"' in page["body"]
        assert 'value="approved"' not in page["body"]
        assert "yours" not in text_of(page), "one reason is enough"


def test_another_digests_quarantine_keeps_nobody_from_approving(workloads: Workloads) -> None:
    ask(workloads)
    record_quarantine(OLD_DIGEST)
    page = show()
    assert "quarantine" not in text_of(page)
    assert 'value="approved"' in page["body"]


def test_once_somebody_has_released_it_it_can_be_approved(workloads: Workloads) -> None:
    ask(workloads)
    record_quarantine(DIGEST)
    release_from_quarantine(DIGEST)
    assert 'value="approved"' in show()["body"]


def test_the_page_shows_a_release_from_quarantine(workloads: Workloads) -> None:
    ask(workloads)
    record_quarantine(DIGEST)
    assert RELEASED not in text_of(show())
    release_from_quarantine(DIGEST, "it was the load test")
    assert RELEASED in text_of(show())
    assert "it was the load test" in text_of(show())
    record_quarantine(DIGEST)
    assert RELEASED not in text_of(show())


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_of_a_quarantine_becomes_markup(workloads: Workloads, text: str) -> None:
    ask(workloads)
    given = text.replace("\ud800", "")  # which neither DynamoDB nor an input takes
    record_quarantine(DIGEST, given)
    release_from_quarantine(DIGEST, given)
    page = show()
    text = text_of(page).replace("\N{LEFT-TO-RIGHT MARK}", "")
    assert f": {one_line(given)} Released at" in text
    assert f"Because {quoted(given, 500)}" in text
    assert [each for each in ("<script", "<img", "<!--", "<?") if each in page["body"]] == []
    assert re.findall("<a [^>]*>", page["body"]) == [f'<a href="{execution_page(PROMOTION)}" rel="noreferrer">']


@pytest.mark.parametrize("before", [nothing, ask, answer_one_of_two, approve, reject, supersede, expire, stop])
def test_opening_a_page_only_reads(workloads: Workloads, before: Before, items: Said, calls: list[str]) -> None:
    before(workloads)
    kept = items()
    calls.clear()
    for _ in range(3):
        show()
        show(OTHER_LINK)
    assert set(calls) <= {"GetItem", "Query"}
    assert items() == kept
    assert workloads.executions.answers == {}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_any_other_method_shows_nothing_and_changes_nothing(workloads: Workloads, method: str, items: Said) -> None:
    ask(workloads)
    kept = items()
    page = show(method=method)
    assert page["statusCode"] == 404
    assert "cowsay" not in page["body"]
    assert items() == kept


def test_an_approver_who_has_answered_has_no_form_and_the_others_have_one(workloads: Workloads) -> None:
    answer_one_of_two(workloads)
    mine, theirs = show(LINK), show(OTHER_LINK)
    assert "<form" not in mine["body"]
    assert "<form" in theirs["body"]
    assert f"{OPS} approved at" in text_of(theirs), "the others see who has answered"


@pytest.mark.parametrize("before", [approve, reject, supersede, expire, stop, answer_one_of_two])
def test_a_page_without_a_form_has_nothing_about_a_quarantine(workloads: Workloads, before: Before) -> None:
    before(workloads)
    record_quarantine(DIGEST)
    assert "quarantine" not in text_of(show())


@pytest.mark.parametrize("before", [approve, reject, supersede, expire])
def test_after_the_end_every_link_shows_how_it_ended(workloads: Workloads, before: Before) -> None:
    before(workloads)
    ended = found().ended("expired", LONG_AGO)
    for link in (LINK, OTHER_LINK):
        page = show(link)
        assert page["statusCode"] == 200
        assert explain(ended) in text_of(page)
        assert "<form" not in page["body"]


def test_when_the_execution_was_stopped_there_is_nothing_to_decide(workloads: Workloads) -> None:
    stop(workloads)
    page = show()
    assert page["statusCode"] == 200
    assert "<form" not in page["body"]


@pytest.mark.parametrize("link", ["a-link-that-somebody-guessed", LINK[:-1], LINK + "x", LINK.upper(), "%00", "é"])
def test_an_unknown_link_shows_nothing(workloads: Workloads, link: str) -> None:
    ask(workloads)
    page = show(link)
    assert page["statusCode"] == 404
    assert "cowsay" not in page["body"]


@pytest.mark.parametrize(
    "link", [f"{LINK}/more", f'{LINK}"', "one\ntwo", "one\\two", "one`two", "\x00", "one?#two", ""]
)
def test_an_impossible_link_gets_the_page_of_an_unknown_one(workloads: Workloads, link: str) -> None:
    ask(workloads)
    assert show(link) == show("nowhere")


def test_an_error_of_ours_fails_the_invocation(workloads: Workloads, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda counts it, and an alarm on the function's errors fires."""
    ask(workloads)
    throttled = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "GetItem")
    monkeypatch.setattr(Approvals, "get", Mock(side_effect=throttled))
    with pytest.raises(ClientError, match="slow down"):
        show()


@pytest.mark.parametrize("link", [LINK, "nowhere"])
def test_no_cache_keeps_the_page_no_frame_shows_it_and_no_referrer_carries_the_link_on(
    workloads: Workloads, link: str
) -> None:
    ask(workloads)
    headers = {name.lower(): value for name, value in show(link)["headers"].items()}
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(each.strip().split(" ", 1) for each in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": STYLE_SOURCE,
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def test_nothing_on_the_page_needs_what_its_policy_forbids(workloads: Workloads) -> None:
    ask(workloads, confirm="type-the-environment", firing=("busy in 444444444444/us-east-1",))
    body = show()["body"]
    for needed in (" style=", "<script", "<img", " onclick", "javascript:", 'src="'):
        assert needed not in body


def test_no_page_log_or_table_has_a_secret(workloads: Workloads, logged: list[str], items: Said) -> None:
    ask(workloads)
    text = show()["body"] + show("nowhere")["body"] + "".join(logged)
    for secret in (TOKEN, LINK, NONCE_KEY):
        assert secret not in text
    assert LINK not in str([{**item, "nonce_key": ""} for item in items()])


def test_hostile_text_is_escaped(workloads: Workloads) -> None:
    hostile = "<script>alert(1)</script>"
    ask(workloads, quorum=2, settings={"environment.X": hostile}, alarms=(hostile,), expires_at=FAR_AWAY)
    give(answered(approver=OPS, reason=hostile))
    page = show(OTHER_LINK)
    assert "<script" not in page["body"]
    assert hostile.split(">", maxsplit=1)[0] in page["body"].replace("&lt;", "<")
