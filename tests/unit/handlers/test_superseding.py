"""Of several releases in front of one environment, people are asked about the newest only."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from gantry.aws.approvals import Approvals
from gantry.handlers import request_approval
from gantry.handlers.approval_outcome import conclude
from gantry.promotion.approval import Approval, approval_id
from gantry.promotion.environment_gate import EnvironmentGate
from gantry.promotion.release import Release
from tests.unit.handlers.asking import TOKEN, answered, end, found, give, wait_for
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
from tests.unit.handlers.records import digest_of, history, record_quarantine
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
    """The release of this number; it was started later than those with smaller numbers."""
    event = payload(
        "RequestApproval",
        release=release_input(Release("cowsay", digest_of(number), "revision-1", f"tag{number}")),
        origin={"is_manual": False, "pushed_by": None, "started_by": None, "tags": [f"tag{number}"]},
        environment=environment_input(policy(*approvers), name=environment),
        firing=[],
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
    gate = Approvals.from_env().gate("cowsay", "prod")
    return gate.release if gate else None


def test_a_newer_release_takes_the_place_of_an_older_one_whose_machine_is_told(
    workloads: Workloads, mailed: Mailed, announced: Said
) -> None:
    arrive(1)
    token = wait(1, workloads)
    announced()
    assert arrive(2)["decision"] is None
    older = found(id_of(1))
    assert (older.outcome, older.superseded_by) == ("superseded", "cowsay tag2")
    assert workloads.executions.answers == {token: older.told()}
    assert found(id_of(2)).outcome is None
    assert at_gate() == "cowsay tag2"
    assert [(entry.execution, entry.facts["superseded_by"]) for entry in history()] == [(execution(1), "cowsay tag2")]
    decided, requested = sorted(announced(), key=lambda event: str(event["detail-type"]))
    assert (decided["detail"]["decision"], decided["detail"]["execution"]) == ("superseded", execution(1))
    assert requested["detail"]["execution"] == execution(2)
    assert len(mailed()) == 6


def test_the_approvers_of_the_older_one_are_told_once_and_without_a_link(workloads: Workloads, mailed: Mailed) -> None:
    arrive(1, OPS, LEAD, BOT)
    wait(1, workloads)
    arrive(2, OPS)
    arrive(2, OPS)
    told = [mail for mail in mailed() if mail.subject == "No longer needed: cowsay tag1 for prod"]
    assert [mail.to for mail in told] == [OPS, LEAD]
    for mail in told:
        assert found(id_of(1)).explain() in mail.text
        assert "cowsay tag2" in mail.text
        assert "/approvals/" not in mail.html


def test_the_older_ones_links_show_which_release_took_its_place(workloads: Workloads, mailed: Mailed) -> None:
    arrive(1)
    wait(1, workloads)
    links = [mail.link for mail in mailed()]
    arrive(2)
    for link in links:
        page = show(link)
        assert page["statusCode"] == 200
        assert found(id_of(1)).explain() in text_of(page)
        assert "cowsay tag2" in text_of(page)
        assert "<form" not in page["body"]


def test_an_older_release_that_comes_after_a_newer_one_is_not_asked_about(
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
    assert arrive(1)["decision"] == decision, "a retry is told the same"
    assert announced() == []


def dead(number: int, workloads: Workloads, how: str) -> None:
    """Let a release that stands at the gate never come through it."""
    if how == "stopped":
        workloads.executions.running.remove(execution(number))
    elif how == "quarantined":
        give(answered(), id_of(number))
        record_quarantine(digest_of(number))
    else:
        end(how, approval_id=id_of(number))


@pytest.mark.parametrize("how", ["rejected", "expired", "undeliverable", "superseded", "stopped", "quarantined"])
def test_a_newer_release_that_is_dead_keeps_no_older_one_out(workloads: Workloads, mailed: Mailed, how: str) -> None:
    arrive(2)
    token = wait(2, workloads)
    dead(2, workloads, how)
    newer = found(id_of(2))
    assert arrive(1)["decision"] is None
    assert (found(id_of(1)).outcome, found(id_of(2)), at_gate()) == (None, newer, "cowsay tag1")
    assert token not in workloads.executions.answers
    assert len(mailed()) == 4, "nobody is told that the older one took the place of the newer"


def test_a_newer_release_that_is_approved_keeps_older_ones_out_also_when_its_promotion_has_ended(
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
    """Somebody has the execution of a promotion redriven."""
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


def test_another_environments_gate_is_another_one(mailed: Mailed) -> None:
    arrive(1)
    arrive(2, environment="staging")
    assert found(id_of(1)).outcome is None
    assert len(mailed()) == 4


@pytest.mark.parametrize("outcome", ["approved", "rejected", "expired"])
def test_what_came_of_an_older_one_before_stays(
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


def test_an_older_one_whose_execution_was_stopped_is_ended_all_the_same(workloads: Workloads, mailed: Mailed) -> None:
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
def test_that_the_older_ones_approvers_cannot_be_told_is_only_logged(
    workloads: Workloads,
    mailed: Mailed,
    monkeypatch: pytest.MonkeyPatch,
    logged: list[str],
    error: Exception,
) -> None:
    arrive(1, OPS, LEAD)
    wait(1, workloads)
    refuse(monkeypatch, OPS, error=error)
    assert arrive(2, LEAD)["decision"] is None
    assert any("not told that an approval was superseded" in line for line in logged)
    assert [mail.to for mail in mailed() if "No longer needed" in mail.subject] == [LEAD]


def told_of(mailed: Mailed) -> list[str]:
    return [mail.to for mail in mailed() if mail.subject == "No longer needed: cowsay tag1 for prod"]


def test_the_approvers_are_told_also_when_somebody_else_has_told_the_machine(
    workloads: Workloads, mailed: Mailed
) -> None:
    """The newer one was tried before and got no further than the outcome; then another POST came, for example."""
    arrive(1)
    token = wait(1, workloads)
    conclude(end("superseded", "cowsay tag2", id_of(1)), Approvals.from_env())
    assert workloads.executions.answers[token]["decision"] == "superseded"
    arrive(2)
    assert told_of(mailed) == [OPS, LEAD]
    assert found(id_of(1)).is_supersession_notified


def test_a_retry_after_a_crash_before_anybody_was_told_tells_them(
    workloads: Workloads, mailed: Mailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(1)
    wait(1, workloads)
    with monkeypatch.context() as patch:
        refuse(patch, OPS, error=TimeoutError())
        with pytest.raises(TimeoutError):
            arrive(2)
    assert told_of(mailed) == []
    assert not found(id_of(1)).is_supersession_notified
    assert arrive(2)["decision"] is None
    assert arrive(2)["decision"] is None
    assert told_of(mailed) == [OPS, LEAD]


def test_a_retry_tells_nobody_who_was_told(
    workloads: Workloads, mailed: Mailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The crash comes between the mails and the gate, so that the retry meets the older one there once more."""
    arrive(1)
    wait(1, workloads)

    def crash(*_: object) -> bool:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(Approvals, "come_to_gate", crash)
        with pytest.raises(TimeoutError):
            arrive(2)
    assert arrive(2)["decision"] is None
    assert told_of(mailed) == [OPS, LEAD]


def test_what_tells_them_is_tagged_as_a_notice(
    workloads: Workloads, mailed: Mailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(1, OPS)
    wait(1, workloads)
    tagged = record_tags(monkeypatch)
    arrive(2, LEAD)
    assert [(to, tags["approval"], tags["kind"]) for to, tags in tagged] == [
        (OPS, id_of(1), "notice"),
        (LEAD, id_of(2), "question"),
    ]
    assert len(mailed()) == 3


def test_a_retry_after_a_crash_in_the_middle_of_it_goes_on(
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
def test_of_two_that_come_at_the_same_moment_the_newer_is_asked_about(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, other: int, outcome: str | None, newest: int
) -> None:
    """The other one comes between this one's look at the gate and its coming there."""
    workloads.executions.running |= {execution(other), execution(2)}
    come = Approvals.come_to_gate

    def late(
        approvals: Approvals, service: str, environment: str, arrived: EnvironmentGate, seen: EnvironmentGate | None
    ) -> bool:
        monkeypatch.setattr(Approvals, "come_to_gate", come)
        arrive(other)
        return come(approvals, service, environment, arrived, seen)

    monkeypatch.setattr(Approvals, "come_to_gate", late)
    decision = arrive(2)["decision"]
    assert (decision and decision["decision"]) == outcome
    assert at_gate() == f"cowsay tag{newest}"
    open_ones = [each for each in _approvals(other, 2) if each.outcome is None]
    assert [each.release.tag for each in open_ones] == [f"tag{newest}"]


def _approvals(*numbers: int) -> list[Approval]:
    return [found(id_of(number)) for number in numbers]
