"""Of several releases in front of one environment, people are asked about the newest only."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from gantry.aws.approvals import Approvals
from gantry.handlers import entry
from gantry.handlers.promotion_machine import request_approval
from gantry.promotion.approval import Approval
from gantry.promotion.approval_rounds import approval_id
from gantry.promotion.approval_sentences import explain
from gantry.promotion.environment_gate import EnvironmentGate
from gantry.promotion.release import Release
from gantry.use_cases.approvals.concluding import conclude
from tests.unit.handlers.asking import TOKEN, answered, approvals, end, found, give, outcome_of, wait_for
from tests.unit.handlers.http_requests import show, text_of
from tests.unit.handlers.mails import REFUSED, THROTTLED, Mailed, record_tags, refuse
from tests.unit.handlers.payloads import (
    BOT,
    LEAD,
    OPS,
    PROMOTION,
    Said,
    environment_input,
    invoke,
    payload,
    policy,
    release_input,
)
from tests.unit.handlers.records import decisions, digest_of, image, record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "told"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

ENTERED = "2998-11-22T09:30:00.123Z"


def execution(number: int) -> str:
    return f"{PROMOTION}-{number}"


def id_of(number: int) -> str:
    return approval_id(execution(number), "prod")


def arrive(number: int, *approvers: str, started_at: str | None = None, environment: str = "prod") -> Any:
    """Let the release of this number arrive. It was started later than those with smaller numbers."""
    event = payload(
        "RequestApproval",
        release=release_input(Release("cowsay", image(digest_of(number)), "revision-1", f"tag{number}")),
        origin={"is_manual": False, "pushed_by": None, "started_by": None, "tags": [f"tag{number}"]},
        environment=environment_input(policy(*approvers), name=environment),
        firing=[],
        forecast=None,
        ends=None,
        drafts=[{}],
        started_at=started_at or f"2998-11-22T0{number}:00:00.000Z",
        execution=execution(number),
        entered_at=ENTERED,
    )
    return invoke(request_approval.handler, event)


def wait(number: int, workloads: Workloads) -> str:
    token = f"{TOKEN}{number}"
    workloads.executions.running.add(execution(number))
    assert wait_for(found(id_of(number)), workloads, token)
    return token


def at_gate() -> str | None:
    gate = approvals().gate("cowsay", "prod")
    return gate.release if gate else None


def test_a_newer_release_supersedes_an_older_one_whose_machine_is_notified(
    workloads: Workloads, mailed: Mailed, announced: Said
) -> None:
    arrive(1)
    token = wait(1, workloads)
    announced()
    assert arrive(2)["decision"] is None
    older = found(id_of(1))
    assert (older.outcome, older.superseded_by) == ("superseded", "cowsay tag2")
    assert workloads.executions.answers == {token: outcome_of(older)}
    assert found(id_of(2)).outcome is None
    assert at_gate() == "cowsay tag2"
    assert [(entry.execution, entry.facts["superseded_by"]) for entry in decisions()] == [(execution(1), "cowsay tag2")]
    decided, requested = sorted(announced(), key=lambda event: str(event["detail-type"]))
    assert (decided["detail"]["decision"], decided["detail"]["execution"]) == ("superseded", execution(1))
    assert requested["detail"]["execution"] == execution(2)
    assert len(mailed()) == 6


def test_the_approvers_of_the_older_one_get_one_notice_without_a_link(workloads: Workloads, mailed: Mailed) -> None:
    arrive(1, OPS, LEAD, BOT)
    wait(1, workloads)
    arrive(2, OPS)
    arrive(2, OPS)
    notices = [mail for mail in mailed() if mail.subject == "No longer needed: cowsay tag1 for prod"]
    assert [mail.to for mail in notices] == [OPS, LEAD]
    for mail in notices:
        assert explain(found(id_of(1))) in mail.text
        assert "cowsay tag2" in mail.text
        assert "/approvals/" not in mail.html


def test_the_older_ones_links_show_the_newer_release(workloads: Workloads, mailed: Mailed) -> None:
    arrive(1)
    wait(1, workloads)
    links = [mail.link for mail in mailed()]
    arrive(2)
    for link in links:
        page = show(link)
        assert page["statusCode"] == 200
        assert explain(found(id_of(1))) in text_of(page)
        assert "cowsay tag2" in text_of(page)
        assert "<form" not in page["body"]


def test_nobody_is_asked_about_an_older_release_that_arrives_after_a_newer_one(
    workloads: Workloads, mailed: Mailed, announced: Said
) -> None:
    arrive(2)
    wait(2, workloads)
    announced()
    decision = arrive(1)["decision"]
    assert (decision["decision"], decision["superseded_by"]) == ("superseded", "cowsay tag2")
    assert len(mailed()) == 2
    assert (found(id_of(2)).outcome, at_gate()) == (None, "cowsay tag2")
    (event,) = announced()
    assert (event["detail"]["decision"], event["detail"]["execution"]) == ("superseded", execution(1))
    assert arrive(1)["decision"] == decision, "a retry gets the same"
    assert announced() == []


def dead(number: int, workloads: Workloads, how: str) -> None:
    """Keep a release at the gate from ever passing it."""
    if how == "stopped":
        workloads.executions.running.remove(execution(number))
    elif how == "quarantined":
        give(answered(), id_of(number))
        record_quarantine(digest_of(number))
    else:
        end(how, approval_id=id_of(number))


@pytest.mark.parametrize("how", ["rejected", "expired", "undeliverable", "superseded", "stopped", "quarantined"])
def test_a_dead_newer_release_blocks_no_older_one(workloads: Workloads, mailed: Mailed, how: str) -> None:
    arrive(2)
    token = wait(2, workloads)
    dead(2, workloads, how)
    newer = found(id_of(2))
    assert arrive(1)["decision"] is None
    assert (found(id_of(1)).outcome, found(id_of(2)), at_gate()) == (None, newer, "cowsay tag1")
    assert token not in workloads.executions.answers
    assert len(mailed()) == 4, "nobody gets a notice about the newer one"


def test_an_approved_newer_release_blocks_older_ones_although_its_promotion_has_ended(
    workloads: Workloads, mailed: Mailed
) -> None:
    arrive(2)
    wait(2, workloads)
    give(answered(), id_of(2))
    workloads.executions.running.clear()
    record_quarantine(digest_of(7))
    assert arrive(1)["decision"]["superseded_by"] == "cowsay tag2"
    assert len(mailed()) == 2


def test_a_dead_newer_release_that_comes_back_to_life_takes_its_place_again(
    workloads: Workloads, mailed: Mailed
) -> None:
    """Somebody has redriven the execution of a promotion."""
    arrive(2)
    arrive(1)
    token = wait(1, workloads)
    assert arrive(2)["decision"] is None
    assert workloads.executions.answers[token]["superseded_by"] == "cowsay tag2"
    assert at_gate() == "cowsay tag2"
    assert mailed()


def test_of_two_that_were_started_in_the_same_millisecond_one_stays(mailed: Mailed) -> None:
    arrive(1, started_at=ENTERED)
    arrive(2, started_at=ENTERED)
    assert [found(id_of(number)).outcome for number in (1, 2)] == ["superseded", None]
    arrive(1, started_at=ENTERED)
    assert [found(id_of(number)).outcome for number in (1, 2)] == ["superseded", None]
    assert mailed()


def test_a_retry_of_the_same_execution_does_not_supersede_itself(mailed: Mailed) -> None:
    arrive(1)
    assert arrive(1)["decision"] is None
    assert len(mailed()) == 2


def test_each_environment_has_a_gate_of_its_own(mailed: Mailed) -> None:
    arrive(1)
    arrive(2, environment="staging")
    assert found(id_of(1)).outcome is None
    assert len(mailed()) == 4


@pytest.mark.parametrize("outcome", ["approved", "rejected", "expired"])
def test_an_earlier_outcome_of_the_older_one_stays(
    workloads: Workloads, mailed: Mailed, announced: Said, outcome: str
) -> None:
    arrive(1)
    token = wait(1, workloads)
    if outcome == "expired":
        end("expired", approval_id=id_of(1))
    else:
        give(answered("approved" if outcome == "approved" else "rejected"), id_of(1))
    announced()
    before = found(id_of(1))
    assert arrive(2)["decision"] is None
    assert found(id_of(1)) == before
    assert token not in workloads.executions.answers
    assert not [mail for mail in mailed() if "No longer needed" in mail.subject]
    assert [event["detail-type"] for event in announced()] == ["Promotion Approval Requested"]
    assert at_gate() == "cowsay tag2"


def test_an_older_one_whose_execution_was_stopped_ends_too(workloads: Workloads, mailed: Mailed) -> None:
    arrive(1)
    wait(1, workloads)
    workloads.executions.running.clear()
    workloads.executions.waiting.clear()
    assert arrive(2)["decision"] is None
    assert found(id_of(1)).outcome == "superseded"
    assert workloads.executions.answers == {}
    assert mailed()


@pytest.mark.parametrize(
    "error",
    [REFUSED, THROTTLED, EndpointConnectionError(endpoint_url="https://email")],
    ids=["refused", "throttled", "away"],
)
def test_a_notice_that_fails_does_not_stop_the_newer_one(
    workloads: Workloads,
    mailed: Mailed,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    arrive(1, OPS, LEAD)
    wait(1, workloads)
    refuse(monkeypatch, OPS, error=error)
    assert arrive(2, LEAD)["decision"] is None
    assert [mail.to for mail in mailed() if "No longer needed" in mail.subject] == [LEAD]


def notified(mailed: Mailed) -> list[str]:
    return [mail.to for mail in mailed() if mail.subject == "No longer needed: cowsay tag1 for prod"]


def test_the_approvers_are_notified_although_somebody_else_has_notified_the_machine(
    workloads: Workloads, mailed: Mailed
) -> None:
    """For example: an earlier try of the newer one only recorded the outcome, and then another POST came."""
    arrive(1)
    token = wait(1, workloads)
    conclude(end("superseded", "cowsay tag2", id_of(1)), entry.services())
    assert workloads.executions.answers[token]["decision"] == "superseded"
    arrive(2)
    assert notified(mailed) == [OPS, LEAD]
    assert found(id_of(1)).is_supersession_notified


def test_a_retry_after_a_crash_before_the_notices_sends_them(
    workloads: Workloads, mailed: Mailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(1)
    wait(1, workloads)
    with monkeypatch.context() as patch:
        refuse(patch, OPS, error=TimeoutError())
        with pytest.raises(TimeoutError):
            arrive(2)
    assert notified(mailed) == []
    assert not found(id_of(1)).is_supersession_notified
    assert arrive(2)["decision"] is None
    assert arrive(2)["decision"] is None
    assert notified(mailed) == [OPS, LEAD]


def test_a_retry_notifies_nobody_twice(workloads: Workloads, mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The crash comes between the mails and the gate, so the retry finds the older one there again."""
    arrive(1)
    wait(1, workloads)

    def crash(*_: object) -> bool:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(Approvals, "replace_gate", crash)
        with pytest.raises(TimeoutError):
            arrive(2)
    assert arrive(2)["decision"] is None
    assert notified(mailed) == [OPS, LEAD]


def test_the_notices_are_tagged_as_such(workloads: Workloads, mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    arrive(1, OPS)
    wait(1, workloads)
    tagged = record_tags(monkeypatch)
    arrive(2, LEAD)
    assert [(to, tags["approval"], tags["kind"]) for to, tags in tagged] == [
        (OPS, id_of(1), "notice"),
        (LEAD, id_of(2), "question"),
    ]
    assert len(mailed()) == 3


def test_a_retry_continues_after_a_crash(
    workloads: Workloads, mailed: Mailed, monkeypatch: pytest.MonkeyPatch, announced: Said
) -> None:
    arrive(1)
    token = wait(1, workloads)
    with monkeypatch.context() as patch:

        def fails(*_: object) -> bool:
            raise THROTTLED

        patch.setattr(workloads.executions, "succeed", fails)
        with pytest.raises(type(THROTTLED)):
            arrive(2)
    assert found(id_of(1)).outcome == "superseded"
    announced()
    assert arrive(2)["decision"] is None
    assert workloads.executions.answers[token]["decision"] == "superseded"
    assert len([mail for mail in mailed() if "No longer needed" in mail.subject]) == 2
    assert len([event for event in announced() if event["detail-type"] == "Promotion Approval Decided"]) == 1


@pytest.mark.usefixtures("mailed")
@pytest.mark.parametrize(("other", "outcome", "newest"), [(1, None, 2), (3, "superseded", 3)])
def test_people_are_asked_about_the_newer_of_two_that_arrive_together(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, other: int, outcome: str | None, newest: int
) -> None:
    """The other one arrives between this one's reading and replacing of the gate."""
    workloads.executions.running |= {execution(other), execution(2)}
    replace_gate = Approvals.replace_gate

    def late(
        ledger: Approvals, service: str, environment: str, wanted: EnvironmentGate, expected: EnvironmentGate | None
    ) -> bool:
        monkeypatch.setattr(Approvals, "replace_gate", replace_gate)
        arrive(other)
        return replace_gate(ledger, service, environment, wanted, expected)

    monkeypatch.setattr(Approvals, "replace_gate", late)
    decision = arrive(2)["decision"]
    assert (decision and decision["decision"]) == outcome
    assert at_gate() == f"cowsay tag{newest}"
    open_ones = [each for each in _approvals(other, 2) if each.outcome is None]
    assert [each.release.tag for each in open_ones] == [f"tag{newest}"]


def _approvals(*numbers: int) -> list[Approval]:
    return [found(id_of(number)) for number in numbers]
