"""An answer that counts is never shown as an error of ours, and whatever was left undone is done by the next one."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from gantry.aws.approvals import Approvals
from gantry.aws.ledger import Ledger
from gantry.aws.notifications import EventBus
from gantry.handlers import follow_up_approval
from gantry.promotion.errors import NotificationError
from tests.unit.handlers.asking import ID, TOKEN, ask, found
from tests.unit.handlers.http_requests import LINK, OTHER_LINK, answer, call, nonce_on, show, text_of
from tests.unit.handlers.payloads import BOT, OPS, PROMOTION, Said, invoke, payload
from tests.unit.handlers.records import history
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


def no_look(patch: pytest.MonkeyPatch, _: Workloads) -> None:
    patch.setattr(Approvals, "is_announced", fails(AWAY))


@pytest.mark.parametrize("broken", [no_history, no_machine, no_look])
@pytest.mark.parametrize("link", [LINK, OTHER_LINK])
def test_an_answer_that_could_not_be_told_is_kept_and_told_by_the_next_request(
    workloads: Workloads, announced: Said, counted: Any, broken: Break, link: str
) -> None:
    ask(workloads)
    nonces = {each: nonce_on(show(each)) for each in (LINK, OTHER_LINK)}
    with pytest.MonkeyPatch.context() as patch:
        broken(patch, workloads)
        kept = answer(nonce=nonces[LINK])
        again = answer(nonce=nonces[link], link=link)
    assert (kept["statusCode"], again["statusCode"]) == (503, 503)
    assert found().explain() in text_of(kept)
    assert "Reload this page, and let the browser send the form again." in text_of(kept)
    assert "<a " not in kept["body"], "a link would lose what was filled in"
    assert found().outcome == "approved"
    assert announced() == []
    counted()
    mended = answer("rejected", link=link, nonce=nonces[link])
    assert mended["statusCode"] == (409 if link == LINK else 200)
    assert found().explain() in text_of(mended)
    assert workloads.executions.answers == {TOKEN: found().told()}
    assert len(history()) == 1
    assert [event["detail"]["decision"] for event in announced()] == ["approved"]
    assert counted() == {"ApprovalsApproved": 1}
    answer(link=link, nonce=nonces[link])
    assert announced() == []


def test_the_machine_helps_itself_when_nobody_sends_it_again(workloads: Workloads, announced: Said) -> None:
    ask(workloads)
    with pytest.MonkeyPatch.context() as patch:
        no_machine(patch, workloads)
        answer()
    told = invoke(follow_up_approval.handler, payload("FollowUpApproval", environment="prod", execution=PROMOTION))
    assert told["decision"] == found().told()
    assert told["decision"]["decision"] == "approved"
    assert len(announced()) == 1


def test_an_answer_that_cannot_be_announced_counts_and_is_announced_by_the_next_request(
    workloads: Workloads, announced: Said, logged: list[str], counted: Any
) -> None:
    ask(workloads)
    nonce = nonce_on(show())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EventBus, "announce", fails(NotificationError("EventBridge is away")))
        taken = answer(nonce=nonce)
    assert taken["statusCode"] == 200
    assert found().explain() in text_of(taken)
    assert workloads.executions.answers == {TOKEN: found().told()}
    assert len(history()) == 1
    assert any("not announced" in line for line in logged)
    assert announced() == []
    assert answer(nonce=nonce)["statusCode"] == 409
    assert answer(nonce=nonce)["statusCode"] == 409
    assert len(announced()) == 1
    assert counted() == {"ApprovalsApproved": 1}


def test_what_is_announced_and_not_noted_as_such_is_announced_twice_and_counted_once(
    workloads: Workloads, announced: Said, counted: Any
) -> None:
    """Of an event that may come twice and one that may never come, automation can live with the first."""
    ask(workloads)
    nonce = nonce_on(show())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Approvals, "note_announced", fails(AWAY))
        assert answer(nonce=nonce)["statusCode"] == 503
    answer(nonce=nonce)
    answer(nonce=nonce)
    first, second = announced()
    assert first["detail"] == second["detail"]
    assert counted() == {"ApprovalsApproved": 1}


def test_a_first_answer_of_two_has_nothing_to_tell(workloads: Workloads) -> None:
    ask(workloads, quorum=2)
    with pytest.MonkeyPatch.context() as patch:
        no_machine(patch, workloads)
        assert answer()["statusCode"] == 200


def test_a_caller_is_told_the_same(workloads: Workloads) -> None:
    ask(workloads, OPS, BOT)
    with pytest.MonkeyPatch.context() as patch:
        no_machine(patch, workloads)
        kept = call(ID, "arn:aws:sts::111111111111:assumed-role/bot/one")
    assert kept["statusCode"] == 503
    assert "Send the same once more." in kept["body"]
    assert "page" not in kept["body"], "there is none"
    call(ID, "arn:aws:sts::111111111111:assumed-role/bot/one")
    assert workloads.executions.answers == {TOKEN: found().told()}


def test_what_could_not_be_told_tells_no_secret(workloads: Workloads, logged: list[str]) -> None:
    ask(workloads)
    with pytest.MonkeyPatch.context() as patch:
        no_machine(patch, workloads)
        told = answer()["body"] + "".join(logged)
    assert "was kept and not told" in told
    assert TOKEN not in told
    assert LINK not in told


def test_an_answer_that_cannot_even_be_kept_is_an_error(workloads: Workloads) -> None:
    """Whether it was kept is not known then: sent again, it is either counted or told to be counted already."""
    ask(workloads)
    nonce = nonce_on(show())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Approvals, "change", fails(AWAY))
        with pytest.raises(ClientError, match="we are away"):
            answer(nonce=nonce)
    assert workloads.executions.answers == {}
    assert answer(nonce=nonce)["statusCode"] == 200
