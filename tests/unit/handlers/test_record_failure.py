"""RecordFailure: what is kept of a failure, who has the lease afterwards, and who is told."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gantry.handlers import entry
from gantry.handlers.deployment_machine import record_failure
from gantry.promotion.errors import NotificationError, QuarantinedError
from gantry.promotion.lease import Lease
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.restore_point import RestorePoint
from gantry.use_cases.services import Services
from tests.unit.handlers.fakes import FakeExecutions
from tests.unit.handlers.outages import with_bus, without_bus, without_topic
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    DIGEST,
    ENTERED_AT,
    FENCE,
    OLD_DIGEST,
    TARGET,
    Said,
    Told,
    invoke,
    payload,
    where,
)
from tests.unit.handlers.pushes import push_again
from tests.unit.handlers.records import (
    LOST,
    contender,
    held,
    history,
    lease,
    live,
    live_revision,
    record_lease,
    record_live,
)
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "told")

UNHEALTHY = {
    "Error": "CanaryUnhealthyError",
    "Cause": json.dumps({"errorMessage": "the alarm cowsay-errors changed to ALARM", "errorType": "…"}),
}
CONFLICT = {"Error": "TargetChangedError", "Cause": json.dumps({"errorMessage": "somebody else changed the alias"})}
SUPERSEDED = {"Error": "DeploymentSupersededError", "Cause": "cowsay 5a1b2c3 was started later"}
HELD = {"Error": "LeaseHeldError", "Cause": "another execution kept changing the target"}
VERDICTS = ["AlarmRaisedError", "CanaryUnhealthyError"]
LEASED = lease(restore_point=RestorePoint("7", OLD_DIGEST))
ANOTHER = f"{DEPLOYMENT}-another"
NEXT = contender(f"{DEPLOYMENT}-next", task_token="the next one's token")

FOR_THE_REPAIR = pytest.mark.parametrize("alias", ["first", "unknown"])


@pytest.fixture(autouse=True)
def leased(ledger: Any) -> None:
    record_lease(LEASED)


@pytest.fixture(autouse=True)
def executions(workloads: Workloads) -> FakeExecutions:
    """Who may wait for the lease."""
    workloads.executions.running.add(NEXT.owner)
    workloads.executions.waiting.add(str(NEXT.task_token))
    return workloads.executions


def fail(alias: str, error: dict[str, Any] | None = None, fence: int = FENCE, **more: Any) -> str:
    failure = (error or UNHEALTHY) | {"traffic": alias} | more
    answer = invoke(record_failure.handler, payload("RecordFailure", failure=failure, fence=fence))
    assert answer.keys() == {"cause"}
    return str(answer["cause"])


def quarantined() -> Quarantine | None:
    return entry.services().quarantines.get("cowsay", DIGEST)


@pytest.mark.parametrize(
    ("alias", "sentence"),
    [
        ("untouched", "The traffic was not touched."),
        ("restored", "The traffic is back on the stable version."),
        (
            "lost",
            "The traffic was left alone, because somebody rolled back or repaired the target meanwhile.",
        ),
        (
            "first",
            "This was the target's first deployment, so there is no previous version to restore. "
            "RepairTarget will report the final state.",
        ),
        (
            "unknown",
            "The rollback failed too, so the traffic may be split. RepairTarget will restore it and report the final "
            "state.",
        ),
    ],
)
def test_the_cause_says_what_went_wrong_and_what_it_means_for_the_alias(alias: str, sentence: str) -> None:
    assert fail(alias, CONFLICT) == f"TargetChangedError: somebody else changed the alias {sentence}"
    (happened,) = history()
    assert (happened.at, happened.execution, happened.environment, happened.target_id) == (
        ENTERED_AT,
        DEPLOYMENT,
        "prod",
        TARGET.id,
    )
    assert happened.kind == ("deployment_rolled_back" if alias == "restored" else "deployment_failed")
    assert happened.facts == {
        "error": "TargetChangedError",
        "reason": "somebody else changed the alias",
        "traffic": alias,
        "digest": DIGEST,
        "tag": "4f0c2d1",
    }


def test_when_the_rollback_failed_too_its_own_error_is_told_as_well() -> None:
    rollback = {"Error": "TargetAccessError", "Cause": json.dumps({"errorMessage": "the account is closed"})}
    cause = fail("unknown", CONFLICT, rollback=rollback)
    assert cause.endswith(" The rollback's own error: TargetAccessError: the account is closed")


@pytest.mark.parametrize("error", VERDICTS)
def test_a_digest_that_was_rolled_back_for_what_it_did_goes_into_quarantine(error: str) -> None:
    record_live(live(7))
    cause = fail("restored", UNHEALTHY | {"Error": error})
    reason = "rolled back in prod: the alarm cowsay-errors changed to ALARM"
    expected = Quarantine("cowsay", DIGEST, ENTERED_AT, reason, DEPLOYMENT, tag="4f0c2d1")
    assert quarantined() == expected
    assert cause.endswith(expected.explain())


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("error", VERDICTS)
def test_no_push_promotes_what_was_rolled_back_for_what_it_did(error: str, workloads: Workloads) -> None:
    record_live(live(7))
    fail("restored", UNHEALTHY | {"Error": error})
    with pytest.raises(QuarantinedError, match="rolled back in prod: the alarm cowsay-errors changed to ALARM"):
        push_again(DIGEST, workloads)


def test_a_failure_of_the_machinery_is_not_held_against_the_digest() -> None:
    fail("restored", CONFLICT)
    assert quarantined() is None


@pytest.mark.parametrize("alias", ["lost", "first", "unknown"])
def test_only_what_was_rolled_back_goes_into_quarantine(alias: str) -> None:
    fail(alias)
    assert quarantined() is None


def test_a_failed_check_goes_into_quarantine_although_no_user_saw_the_release() -> None:
    cause = fail("untouched", {"Error": "CheckFailedError", "Cause": "check 1 before any traffic, invoke: “no cow”"})
    kept = quarantined()
    assert kept
    assert kept.reason.startswith("checked in prod: check 1 before any traffic")
    assert "The traffic was not touched." in cause
    assert "release_from_quarantine" in cause


def test_a_check_that_could_not_be_made_is_not_held_against_the_digest() -> None:
    fail("untouched", {"Error": "CheckUnavailableError", "Cause": "check 1 before any traffic, codebuild smoke-test"})
    assert quarantined() is None


def test_when_the_stable_version_runs_the_same_digest_its_configuration_was_to_blame() -> None:
    stable = live(7)
    same = stable.current.__class__("7", DIGEST, stable.current.since, "4f0c2d1", "revision-1")
    record_live(stable.__class__("cowsay", "prod", TARGET, same))
    fail("restored")
    assert quarantined() is None


@pytest.mark.parametrize("now", LOST)
def test_who_lost_the_lease_after_its_rollback_tells_the_history_and_puts_nothing_into_quarantine(
    now: Lease, told: Told
) -> None:
    record_lease(now)
    for _ in range(2):
        assert fail("restored").endswith("The traffic is back on the stable version.")
    assert [each.kind for each in history()] == ["deployment_rolled_back"]
    assert quarantined() is None
    assert held() == now
    assert len(told()) == 1


@pytest.mark.parametrize("alias", ["untouched", "restored"])
def test_the_lease_ends(alias: str) -> None:
    fail(alias)
    assert held() == Lease(TARGET, FENCE)


@pytest.mark.parametrize("alias", ["untouched", "restored"])
def test_the_lease_goes_on_to_who_waits_for_it_who_is_told(alias: str, executions: FakeExecutions) -> None:
    record_lease(replace(LEASED, waiting=(NEXT,)))
    fail(alias)
    assert held() == Lease(TARGET, FENCE + 1, holder=replace(NEXT, task_token=None), to_notify=(NEXT,))
    assert executions.answers == {NEXT.task_token: {"fence": FENCE + 1}}


@FOR_THE_REPAIR
def test_while_the_alias_is_to_be_seen_to_the_lease_stays_for_the_repair(
    alias: str, executions: FakeExecutions
) -> None:
    before = replace(LEASED, waiting=(NEXT,))
    record_lease(before)
    fail(alias)
    assert held() == before
    assert executions.answers == {}


@pytest.mark.parametrize("alias", ["untouched", "lost"])
@pytest.mark.parametrize("now", LOST)
def test_a_lease_that_is_lost_is_left_to_whose_it_is(alias: str, now: Lease, executions: FakeExecutions) -> None:
    before = replace(now, waiting=(NEXT,))
    record_lease(before)
    fail(alias, CONFLICT)
    assert held() == before
    assert executions.answers == {}
    assert [each.kind for each in history()] == ["deployment_failed"]


@pytest.mark.parametrize("error", [HELD, SUPERSEDED])
def test_who_never_got_the_lease_leaves_the_line(error: dict[str, Any], executions: FakeExecutions) -> None:
    before = lease(ANOTHER, waiting=(NEXT,))
    record_lease(replace(before, waiting=(contender(task_token="my token"), NEXT)))
    fail("untouched", error, fence=0)
    assert held() == before
    assert executions.answers == {}


def test_who_gave_up_waiting_at_the_moment_of_its_turn_gives_the_lease_on(executions: FakeExecutions) -> None:
    record_lease(replace(lease(waiting=(NEXT,)), to_notify=(contender(task_token="my token"),)))
    fail("untouched", HELD, fence=0)
    assert held() == Lease(TARGET, FENCE + 1, holder=replace(NEXT, task_token=None), to_notify=(NEXT,))
    assert executions.answers == {NEXT.task_token: {"fence": FENCE + 1}}


def told_about(cause: str, title: str) -> tuple[str, str]:
    """What people are told of a failure."""
    return (f"cowsay in prod: {title}", f"cowsay 4f0c2d1 on {TARGET.id}\n\n{cause}\n\n{where(DEPLOYMENT)}")


@pytest.mark.parametrize(("alias", "title"), [("restored", "rolled back"), ("untouched", "failed"), ("lost", "failed")])
def test_people_are_told_once_and_not_again_by_a_retry(told: Told, alias: str, title: str) -> None:
    cause = fail(alias)
    assert told() == [told_about(cause, title)]
    assert entry.services().notification_log.was_sent(DEPLOYMENT)
    fail(alias)
    assert len(told()) == 1


@FOR_THE_REPAIR
def test_while_the_alias_is_to_be_seen_to_telling_people_is_left_to_the_repair(alias: str, told: Told) -> None:
    fail(alias)
    assert told() == []
    assert not entry.services().notification_log.was_sent(DEPLOYMENT)


def test_of_a_superseded_release_automation_is_told_and_people_are_not_neither_now_nor_by_the_repair(
    announced: Said, told: Told, counted: Any
) -> None:
    record_lease(lease(ANOTHER))
    assert fail("untouched", SUPERSEDED, fence=0) == (
        "DeploymentSupersededError: cowsay 5a1b2c3 was started later The traffic was not touched."
    )
    assert [each.kind for each in history()] == ["deployment_superseded"]
    assert [event["detail-type"] for event in announced()] == ["Promotion Deployment Superseded"]
    assert counted() == {"DeploymentsSuperseded": 1}
    assert told() == []
    assert entry.services().notification_log.was_sent(DEPLOYMENT)


def test_nobody_is_told_of_a_failure_when_people_are_asked_again(told: Told, announced: Said) -> None:
    fail("untouched", {"Error": "ApprovalOutdatedError", "Cause": "version 8 is live now"})
    assert [each.kind for each in history()] == ["deployment_failed"]
    assert [event["detail-type"] for event in announced()] == ["Promotion Deployment Failed"]
    assert told() == []
    assert entry.services().leases.get(TARGET).holder is None


def test_people_are_told_before_automation_which_cannot_keep_them_from_it(
    told: Told, announced: Said, services: Services
) -> None:
    without_bus(services)
    with pytest.raises(NotificationError):
        fail("untouched")
    assert len(told()) == 1
    with_bus(services)
    fail("untouched")
    assert len(told()) == len(announced()) == 1


def test_when_people_cannot_be_told_it_is_left_to_the_repair(services: Services) -> None:
    without_topic(services)
    with pytest.raises(NotificationError):
        fail("untouched")
    assert held() == Lease(TARGET, FENCE)
    assert not entry.services().notification_log.was_sent(DEPLOYMENT)


@pytest.mark.parametrize(
    ("alias", "title"),
    [
        ("restored", "Rolled Back"),
        ("untouched", "Failed"),
        ("lost", "Failed"),
        ("first", "Failed"),
        ("unknown", "Failed"),
    ],
)
def test_automation_is_told(announced: Said, counted: Any, alias: str, title: str) -> None:
    fail(alias)
    (event,) = announced()
    assert event["detail-type"] == f"Promotion Deployment {title}"
    assert event["resources"] == [TARGET.arn]
    assert event["detail"] == {
        "service": "cowsay",
        "environment": "prod",
        "target": TARGET.id,
        "error": "CanaryUnhealthyError",
        "reason": "the alarm cowsay-errors changed to ALARM",
        "traffic": alias,
        "digest": DIGEST,
        "tag": "4f0c2d1",
        "source": None,
        "revision": None,
        "execution": DEPLOYMENT,
    }
    assert counted() == {f"Deployments{title.replace(' ', '')}": 1}


@pytest.mark.parametrize("alias", ["untouched", "restored", "lost", "first", "unknown"])
def test_a_retry_records_nothing_more_and_answers_the_same(alias: str, items: Said) -> None:
    once, kept = fail(alias), items()
    assert fail(alias) == once
    assert items() == kept


def test_a_release_that_was_recorded_is_not_told_as_taken_back_when_only_the_answer_was_lost() -> None:
    record_live(replace(live(8, 7), current=replace(live_revision(8), execution=DEPLOYMENT)))
    said = "The release is live all the same: it was recorded, and only the answer was lost."
    assert fail("lost", CONFLICT) == f"TargetChangedError: somebody else changed the alias {said}"
