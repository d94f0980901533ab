"""An answer that counts never looks like an error of ours. The next request delivers an outcome that was only kept."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from gantry.aws.approvals import Approvals
from gantry.aws.ledger import Ledger
from gantry.aws.notifications import EventBus
from gantry.handlers.promotion_machine import follow_up_approval
from gantry.promotion.approval_sentences import explain
from gantry.promotion.errors import NotificationError
from tests.unit.handlers.asking import ID, TOKEN, ask, found, outcome_of
from tests.unit.handlers.http_requests import LINK, OTHER_LINK, answer, call, nonce_on, show, text_of
from tests.unit.handlers.payloads import BOT, OPS, PROMOTION, Said, as_json, invoke, payload, release_input
from tests.unit.handlers.records import decisions
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

Break = Callable[[pytest.MonkeyPatch, Workloads], None]

AWAY = ClientError({"Error": {"Code": "InternalServerError", "Message": "we are away"}}, "Anything")


def fails(error: Exception) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise error

    return fail


def no_history(patch: pytest.MonkeyPatch, _: Workloads) -> None:
    patch.setattr(Ledger, "record", fails(AWAY))


def no_machine(patch: pytest.MonkeyPatch, workloads: Workloads) -> None:
    patch.setattr(workloads.executions, "succeed", fails(EndpointConnectionError(endpoint_url="https://states")))


def no_token(patch: pytest.MonkeyPatch, _: Workloads) -> None:
    patch.setattr(Approvals, "delivery", fails(AWAY))


@pytest.mark.parametrize("broken", [no_history, no_machine, no_token])
@pytest.mark.parametrize("link", [LINK, OTHER_LINK])
def test_the_next_request_delivers_an_outcome_that_was_only_kept(
    workloads: Workloads, announced: Said, counted: Any, broken: Break, link: str
) -> None:
    ask(workloads)
    nonces = {each: nonce_on(show(each)) for each in (LINK, OTHER_LINK)}
    with pytest.MonkeyPatch.context() as patch:
        broken(patch, workloads)
        kept = answer(nonce=nonces[LINK])
        again = answer(nonce=nonces[link], link=link)
    assert (kept["statusCode"], again["statusCode"]) == (503, 503)
    assert explain(found()) in text_of(kept)
    assert "<a " not in kept["body"], "a link would lose what was filled in"
    assert found().outcome == "approved"
    assert announced() == []
    counted()
    completed = answer("rejected", link=link, nonce=nonces[link])
    assert completed["statusCode"] == (409 if link == LINK else 200)
    assert explain(found()) in text_of(completed)
    assert workloads.executions.answers == {TOKEN: outcome_of(found())}
    assert len(decisions()) == 1
    assert [event["detail"]["decision"] for event in announced()] == ["approved"]
    assert counted() == {"ApprovalsApproved": 1}
    answer(link=link, nonce=nonces[link])
    assert announced() == []


def test_the_machine_finds_the_outcome_itself_when_nobody_sends_the_form_again(
    workloads: Workloads, announced: Said
) -> None:
    ask(workloads)
    with pytest.MonkeyPatch.context() as patch:
        no_machine(patch, workloads)
        answer()
    event = payload("FollowUpApproval", release=release_input(), environment="prod", execution=PROMOTION)
    decision = invoke(follow_up_approval.handler, event)["decision"]
    assert decision == as_json(outcome_of(found()))
    assert decision["decision"] == "approved"
    assert len(announced()) == 1


def test_an_answer_counts_although_only_the_next_request_publishes_its_event(
    workloads: Workloads, announced: Said, counted: Any
) -> None:
    ask(workloads)
    nonce = nonce_on(show())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EventBus, "publish", fails(NotificationError("EventBridge is away")))
        taken = answer(nonce=nonce)
    assert taken["statusCode"] == 200
    assert explain(found()) in text_of(taken)
    assert workloads.executions.answers == {TOKEN: outcome_of(found())}
    assert len(decisions()) == 1
    assert announced() == []
    assert answer(nonce=nonce)["statusCode"] == 409
    assert answer(nonce=nonce)["statusCode"] == 409
    assert len(announced()) == 1
    assert counted() == {"ApprovalsApproved": 1}


def test_an_event_that_was_not_marked_is_published_twice_and_counted_once(
    workloads: Workloads, announced: Said, counted: Any
) -> None:
    """An event that may come twice is better than one that may never come."""
    ask(workloads)
    nonce = nonce_on(show())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Approvals, "mark_published", fails(AWAY))
        assert answer(nonce=nonce)["statusCode"] == 503
    answer(nonce=nonce)
    answer(nonce=nonce)
    first, second = announced()
    assert first["detail"] == second["detail"]
    assert counted() == {"ApprovalsApproved": 1}


def test_a_first_answer_of_two_has_no_outcome_to_deliver(workloads: Workloads) -> None:
    ask(workloads, quorum=2)
    with pytest.MonkeyPatch.context() as patch:
        no_machine(patch, workloads)
        assert answer()["statusCode"] == 200


def test_a_call_can_be_sent_again_too(workloads: Workloads) -> None:
    ask(workloads, OPS, BOT)
    with pytest.MonkeyPatch.context() as patch:
        no_machine(patch, workloads)
        kept = call(ID, "arn:aws:sts::111111111111:assumed-role/bot/one")
    assert kept["statusCode"] == 503
    assert "page" not in kept["body"], "there is none"
    call(ID, "arn:aws:sts::111111111111:assumed-role/bot/one")
    assert workloads.executions.answers == {TOKEN: outcome_of(found())}


def test_an_undelivered_outcome_has_no_secret(workloads: Workloads, logged: list[str]) -> None:
    ask(workloads)
    with pytest.MonkeyPatch.context() as patch:
        no_machine(patch, workloads)
        text = answer()["body"] + "".join(logged)
    assert logged
    assert TOKEN not in text
    assert LINK not in text


def test_an_answer_that_cannot_even_be_kept_is_an_error(workloads: Workloads) -> None:
    """Nobody knows then whether it was kept. Sent again, it is either counted, or was counted already."""
    ask(workloads)
    nonce = nonce_on(show())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Approvals, "change", fails(AWAY))
        with pytest.raises(ClientError, match="we are away"):
            answer(nonce=nonce)
    assert workloads.executions.answers == {}
    assert answer(nonce=nonce)["statusCode"] == 200
