"""ClosePromotion: whatever ends a promotion is recorded and told once, and nobody is asked about it any more."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gantry.aws.executions import ExecutionEnd
from gantry.handlers.event_rules import close_promotion
from gantry.handlers.promotion_machine import follow_up_approval, record_promotion
from gantry.promotion.approval_rounds import approval_id
from gantry.promotion.errors import PromotionFailedError
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.unfinished import ClosingIncompleteError
from gantry.use_cases.services import Services
from tests.unit.handlers.asking import FAR_AWAY, ID, LONG_AGO, answered, approval, ask, found, give
from tests.unit.handlers.fakes import ENDED_AT
from tests.unit.handlers.outages import without_topic
from tests.unit.handlers.payloads import DIGEST, PROMOTION, RELEASE, Said, Told, invoke, payload, release_input
from tests.unit.handlers.pushes import push
from tests.unit.handlers.records import decisions, history, record_running
from tests.unit.handlers.repairs import SCHEDULED, ended
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "told", "announced"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

LIMIT = "States.DataLimitExceeded"
WHY = "the state returned more than 262144 bytes"
OTHER = f"{PROMOTION}-other"


@pytest.fixture(autouse=True)
def running(ledger: Any, services: Services, workloads: Workloads) -> None:
    """A promotion that carries a release to dev and prod."""
    record_running(RunningPromotion(PROMOTION, RELEASE, ("dev", "prod"), LONG_AGO))
    workloads.executions.running.add(PROMOTION)


def end(workloads: Workloads, status: str = "ABORTED", error: str | None = None, cause: str | None = None) -> None:
    workloads.executions.running.discard(PROMOTION)
    workloads.executions.ends[PROMOTION] = ExecutionEnd(PROMOTION, status, ENDED_AT, push(), error, cause)


def close(event: dict[str, Any] | None = None) -> list[str]:
    """The promotions that were closed, for an event about the one promotion unless another event is given."""
    closed: list[str] = invoke(close_promotion.handler, event or ended(PROMOTION))["closed"]
    return closed


def fail_by_itself(redrives: int = 0, at: str | None = None) -> None:
    """RecordPromotion records and notifies a failure, as it does after a Catch."""
    failure = {"Error": "ApprovalExpired", "Cause": "nobody answered", "redrives": redrives}
    known = {"event": push(), "release": release_input(), "execution": PROMOTION, "redrives": redrives}
    sent = payload("RecordPromotion", **known, failure=failure) | ({"entered_at": at} if at else {})
    with pytest.raises(PromotionFailedError):
        invoke(record_promotion.handler, sent)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (("FAILED", LIMIT, WHY), f"failed: {LIMIT}: {WHY}"),
        (("FAILED", "States.Runtime", "no such field"), "failed: States.Runtime: no such field"),
        (("ABORTED", None, None), "stopped: ABORTED: no cause was given"),
        (("ABORTED", "Mistake", "wrong tag"), "stopped: Mistake: wrong tag"),
        (("TIMED_OUT", None, None), "timed out: TIMED_OUT: no cause was given"),
    ],
)
@pytest.mark.parametrize("event", [ended(PROMOTION), SCHEDULED], ids=["announced", "found"])
def test_whatever_ends_a_promotion_is_recorded_and_notified_once(
    workloads: Workloads, told: Told, how: tuple[str, str | None, str | None], says: str, event: dict[str, Any]
) -> None:
    end(workloads, *how)

    assert close(event) == [PROMOTION]
    close()

    outcome, error, reason = says.split(": ", 2)
    facts = {"service": "cowsay", "digest": DIGEST, "tag": "4f0c2d1", "error": error, "reason": reason}
    assert history() == [HistoryEntry("cowsay", ENDED_AT, HistoryKind.PROMOTION_FAILED, PROMOTION, facts=facts)]
    ((subject, text),) = told()
    assert subject == f"cowsay: promotion {outcome}"
    assert text.startswith(f"cowsay 4f0c2d1: {error}: {reason}\n")


def test_automation_hears_of_it_once(workloads: Workloads, announced: Said) -> None:
    end(workloads, "FAILED", LIMIT, WHY)
    close()
    close()
    (published,) = announced()
    assert published["detail-type"] == "Promotion Failed"
    assert published["detail"] == {
        "service": "cowsay",
        "digest": DIGEST,
        "tag": "4f0c2d1",
        "source": None,
        "error": LIMIT,
        "reason": WHY,
        "execution": PROMOTION,
    }


@pytest.mark.parametrize("typed", [push(), {"repository": "cowsay", "tag": "4f0c2d1"}], ids=["pushed", "typed"])
def test_a_promotion_that_came_to_no_release_is_told_under_the_service_that_its_input_names(
    workloads: Workloads, told: Told, typed: dict[str, Any]
) -> None:
    workloads.executions.ends[OTHER] = ExecutionEnd(OTHER, "FAILED", ENDED_AT, typed, LIMIT, WHY)
    assert close(ended(OTHER, input=None)) == [OTHER]
    assert [(each.service, each.execution) for each in history()] == [("cowsay", OTHER)]
    assert [subject for subject, _ in told()] == ["cowsay: promotion failed"]


def test_what_a_promotion_has_told_itself_is_not_told_again(workloads: Workloads, announced: Said, told: Told) -> None:
    fail_by_itself()
    end(workloads, "FAILED", "PromotionFailedError", "{}")
    assert close() == [PROMOTION]
    assert len(history()) == len(announced()) == len(told()) == 1


def test_people_who_could_not_be_notified_by_the_promotion_are_notified_afterwards(
    services: Services, workloads: Workloads, told: Told
) -> None:
    topic = services.topic
    without_topic(services)
    fail_by_itself()
    vars(services)["topic"] = topic
    cause = json.dumps({"errorMessage": "ApprovalExpired: nobody answered"})
    end(workloads, "FAILED", "PromotionFailedError", cause)
    close()
    assert len(history()) == 1, "that is recorded already"
    ((subject, text),) = told()
    assert subject == "cowsay: promotion failed"
    assert "ApprovalExpired: nobody answered" in text


def test_without_a_topic_it_fails_and_the_next_run_tells(services: Services, workloads: Workloads, told: Told) -> None:
    topic = services.topic
    end(workloads)
    without_topic(services)
    with pytest.raises(ClosingIncompleteError, match="NotificationError"):
        close()
    vars(services)["topic"] = topic
    assert close(SCHEDULED) == [PROMOTION]
    assert len(history()) == len(told()) == 1


def test_an_open_approval_ends_with_its_promotion(workloads: Workloads, announced: Said) -> None:
    ask(workloads, quorum=2)
    give(answered())
    end(workloads)
    close()
    closed = found()
    assert (closed.outcome, closed.ended_at) == ("stopped", ENDED_AT)
    assert [each.facts["decision"] for each in decisions()] == ["stopped"]
    decided = [each["detail"] for each in announced() if each["detail-type"] == "Promotion Approval Decided"]
    assert [(each["approval"], each["decision"]) for each in decided] == [(ID, "stopped")]


def test_of_an_approval_that_was_asked_for_again_the_newest_ends(services: Services, workloads: Workloads) -> None:
    ask(workloads, quorum=1)
    give(answered())
    again = approval_id(PROMOTION, "prod", ID)
    services.approvals.open(approval(id=again))
    services.approvals.change(ID, lambda each: replace(each, asked_again=again))
    end(workloads)
    close()
    assert (found().outcome, found(again).outcome) == ("approved", "stopped")


@pytest.mark.parametrize("outcome", ["approved", "rejected"])
def test_an_outcome_that_came_first_stays(workloads: Workloads, outcome: Any) -> None:
    ask(workloads, quorum=1)
    give(answered(outcome))
    end(workloads)
    close()
    assert found().outcome == outcome
    assert decisions() == []


def test_an_approval_whose_time_ran_out_before_has_expired(workloads: Workloads) -> None:
    ask(workloads, expires_at="2026-11-22T09:59:00.000Z")
    end(workloads)
    close()
    assert found().outcome == "expired"


def test_a_redrive_asks_on_where_the_stop_has_ended_the_question(workloads: Workloads, announced: Said) -> None:
    ask(workloads, quorum=2)
    give(answered())
    end(workloads)
    close()
    workloads.executions.running.add(PROMOTION)

    sent = payload("FollowUpApproval", release=release_input(), environment="prod", execution=PROMOTION)
    assert invoke(follow_up_approval.handler, sent)["decision"] is None
    assert (found().outcome, len(found().answers)) == (None, 1)

    end(workloads)
    workloads.executions.ends[PROMOTION] = ExecutionEnd(
        PROMOTION, "ABORTED", "2026-11-22T11:00:00.000Z", {}, redrives=1
    )
    close()
    decided = [each for each in announced() if each["detail-type"] == "Promotion Approval Decided"]
    assert [each["detail"]["decided_at"] for each in decided] == [ENDED_AT, "2026-11-22T11:00:00.000Z"]


def test_a_question_whose_time_ran_out_while_it_was_stopped_is_not_asked_on(workloads: Workloads) -> None:
    ask(workloads, expires_at="2026-11-22T10:30:00.000Z")
    end(workloads)
    close()
    assert found().outcome == "stopped"
    sent = payload("FollowUpApproval", release=release_input(), environment="prod", execution=PROMOTION)
    assert invoke(follow_up_approval.handler, sent)["decision"]["decision"] == "expired"


def test_a_promotion_that_runs_or_was_redriven_since_is_left_alone(
    workloads: Workloads, told: Told, items: Said
) -> None:
    ask(workloads)
    before = items()
    assert close() == close(SCHEDULED) == []
    assert (items(), told()) == (before, [])


def test_a_completed_promotion_is_forgotten_and_nobody_is_told(
    services: Services, workloads: Workloads, told: Told
) -> None:
    end(workloads, "SUCCEEDED")
    assert close(SCHEDULED) == [PROMOTION]
    assert list(services.running_promotions.all()) == []
    assert (history(), told()) == ([], [])


def test_one_promotions_trouble_keeps_no_other_from_being_closed(
    services: Services, workloads: Workloads, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    record_running(RunningPromotion(OTHER, RELEASE, (), LONG_AGO))
    end(workloads)
    end_of = workloads.executions.end_of

    def without_one(arn: str, announced: Any = None) -> Any:
        if arn == PROMOTION:
            raise TimeoutError
        return end_of(arn, announced)

    monkeypatch.setattr(workloads.executions, "end_of", without_one)
    with pytest.raises(ClosingIncompleteError, match=f"{PROMOTION}: TimeoutError"):
        close(SCHEDULED)
    assert [each.execution for each in history()] == [OTHER]
    assert [each.execution for each in services.running_promotions.all()] == [PROMOTION]


@pytest.mark.parametrize(("since", "is_closed"), [(LONG_AGO, True), (FAR_AWAY, False)])
def test_one_that_step_functions_does_not_know_has_ended_unless_it_is_new(
    services: Services, workloads: Workloads, since: str, *, is_closed: bool
) -> None:
    record_running(RunningPromotion(PROMOTION, RELEASE, (), since))
    workloads.executions.running.discard(PROMOTION)
    workloads.executions.ends[PROMOTION] = ExecutionEnd(PROMOTION, "FORGOTTEN", "1970-01-01T00:00:00.000Z", {})
    assert close(SCHEDULED) == ([PROMOTION] if is_closed else [])
    assert [each.at for each in history()] == ([since] if is_closed else [])


def test_the_end_after_a_redrive_is_told_too(workloads: Workloads, services: Services, told: Told) -> None:
    fail_by_itself()
    end(workloads, "FAILED", "PromotionFailedError", "{}")
    close()
    assert list(services.running_promotions.all()) == []

    known = {"event": push(), "release": release_input(), "execution": PROMOTION, "redrives": 1}
    failure = {"Error": "ApprovalExpired", "Cause": "nobody answered", "redrives": 0}
    sent = payload("RecordPromotion", **known, failure=failure)
    assert invoke(record_promotion.handler, sent) == {"outcome": "redriven"}
    assert [each.execution for each in services.running_promotions.all()] == [PROMOTION]

    workloads.executions.ends[PROMOTION] = ExecutionEnd(PROMOTION, "ABORTED", ENDED_AT, {}, redrives=1)
    assert close(SCHEDULED) == [PROMOTION]
    assert [subject for subject, _ in told()] == ["cowsay: promotion failed", "cowsay: promotion stopped"]
    close(SCHEDULED)
    assert len(told()) == 2
