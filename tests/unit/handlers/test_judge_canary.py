from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gantry.aws.canary_questions import AskedAboutCanary
from gantry.aws.clients import HASTY
from gantry.handlers import entry
from gantry.handlers.deployment_machine import judge_canary
from gantry.promotion.errors import (
    AlarmNotFoundError,
    CanaryInconclusiveError,
    CanaryUnhealthyError,
    LeaseLostError,
    TargetConflictError,
)
from gantry.promotion.judge.evidence import EvidenceRequest, Minute, RevisionMinute, TargetEvidence
from gantry.promotion.lease import Lease
from gantry.promotion.timestamps import iso, moment
from gantry.targets.invocable import Answer
from tests.unit.handlers.fake_function import FakeFunction
from tests.unit.handlers.payloads import (
    ALARM,
    DEPLOYMENT,
    PLAN,
    TARGET,
    deployment_input,
    invoke,
    payload,
)
from tests.unit.handlers.records import LOST, history, lease, record_lease
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

SHIFTED_AT = "2025-11-22T09:25:00.000Z"
DURING = moment(SHIFTED_AT) + timedelta(seconds=30)
ROLLOUT_SINCE = "2025-11-22T09:20:00.000Z"
BEFORE = moment(ROLLOUT_SINCE) - timedelta(seconds=30)
MANY = RevisionMinute(5_000, 0)


@pytest.fixture(autouse=True)
def leased(ledger: Any) -> None:
    record_lease(lease())


@pytest.fixture(autouse=True)
def alarms(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now[ALARM] = "OK"


def seen(workloads: Workloads, canary: RevisionMinute, stable: RevisionMinute, *unknown: str) -> None:
    """One minute of both versions is all that is known."""
    minute = Minute(DURING.replace(second=0), canary, stable)
    workloads.metrics(TARGET).found = TargetEvidence((minute,), DURING, unknown=unknown)


def judge(
    alarm: str = ALARM,
    index: int = 1,
    seconds: int = 1000,
    failed_looks: int = 0,
    milliseconds: int = 14_000,
    **settings: Any,
) -> Any:
    event = payload(
        "JudgeCanary",
        deployment=deployment_input(
            checks=settings.pop("checks", {}), judge={"max_bake_seconds": 1000} | settings, alarms=[alarm]
        ),
        found={"revision": "7", "weights": {}},
        plan=PLAN,
        canary="8",
        index=index,
        shifted_at=SHIFTED_AT,
        rollout_since=ROLLOUT_SINCE,
        failed_looks=failed_looks,
        wishes=0,
    )
    event["entered_at"] = iso(moment(SHIFTED_AT) + timedelta(seconds=seconds))
    return invoke(judge_canary.handler, event, milliseconds)


def recorded() -> dict[str, Any]:
    """The one verdict in the ledger."""
    (entry,) = history()
    assert (entry.kind, entry.execution) == ("canary_judged", DEPLOYMENT)
    assert (entry.environment, entry.target_id) == ("prod", TARGET.id)
    return dict(entry.facts)


def facts(verdict: str) -> dict[str, Any]:
    return {"step": 2, "weight": 50, "canary": "8", "verdict": verdict}


def kept() -> dict[str, Any]:
    """What the ledger keeps of the verdict, as far as the machine gets it too."""
    return {key: value for key, value in recorded().items() if key in facts("")}


def test_a_canary_that_is_shown_not_to_be_worse_is_healthy(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    looked = judge()
    assert (looked["decision"], looked["verdict"]) == ("advance", "healthy")
    assert kept() == facts("healthy")
    assert recorded()["reasons"] == looked["reasons"]
    assert recorded()["evidence"]["failed"]["canary"]["requests"] == MANY.requests


def test_a_canary_that_is_shown_to_be_worse_is_unhealthy_while_its_bake_lasts(workloads: Workloads) -> None:
    seen(workloads, RevisionMinute(100, 50), MANY)
    with pytest.raises(CanaryUnhealthyError, match=r"50 of 100 requests failed, 0 of 5,000 on the stable version"):
        judge(seconds=60)
    assert kept() == facts("unhealthy")


def test_an_observing_judge_records_what_it_would_have_done(workloads: Workloads) -> None:
    seen(workloads, RevisionMinute(100, 50), MANY)
    assert judge(mode="observe")["decision"] == "advance"
    assert kept() == facts("unhealthy")


def test_judging_twice_keeps_one_verdict(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    assert judge() == judge()
    assert recorded()["verdict"] == "healthy"


def test_an_alarm_during_the_bake_is_unhealthy_however_good_the_numbers_are(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    workloads.alarms(TARGET).went_off[ALARM] = DURING
    reason = "the alarm “cowsay-errors” changed to ALARM at 2025-11-22T09:25:30.000Z: “3 errors”"
    with pytest.raises(CanaryUnhealthyError, match=reason):
        judge()
    assert kept() == facts("unhealthy")


def test_an_alarm_before_the_shift_says_nothing_about_the_canary(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    workloads.alarms(TARGET).went_off[ALARM] = BEFORE
    assert judge()["verdict"] == "healthy"


def test_an_alarm_that_was_firing_before_is_no_evidence_and_is_named(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    workloads.alarms(TARGET).now[ALARM] = "ALARM"
    assert judge()["verdict"] == "healthy"
    assert ALARM in str(recorded()["notes"])


def test_an_alarm_without_data_leaves_it_open(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    workloads.alarms(TARGET).now[ALARM] = "INSUFFICIENT_DATA"
    with pytest.raises(CanaryInconclusiveError, match="cowsay-errors” has no data"):
        judge()


def test_a_cloudwatch_that_refuses_leaves_it_open_and_ends_nothing(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    workloads.alarms(TARGET).unknown = ("the alarms: CloudWatch throttles calls",)
    looked = judge(max_bake_seconds=1330)
    assert (looked["decision"], looked["verdict"]) == ("keep_baking", "inconclusive")
    assert looked["reasons"][0] == "the alarms: CloudWatch throttles calls"


def test_a_look_does_not_wait_long_for_the_workload_account() -> None:
    judge(seconds=60)
    assert entry.services()._patience is HASTY


def test_a_quiet_canary_without_traffic_is_inconclusive_and_never_healthy() -> None:
    with pytest.raises(CanaryInconclusiveError, match="0 of at least 1 requests"):
        judge()
    assert kept() == facts("inconclusive")


def test_while_there_is_time_left_a_quiet_canary_is_looked_at_again_and_nothing_is_recorded() -> None:
    looked = judge(max_bake_seconds=1330)
    assert (looked["decision"], looked["look_seconds"], looked["verdict"]) == ("keep_baking", 20, "inconclusive")
    assert history() == []


@pytest.mark.parametrize(("on_inconclusive", "decision"), [("ask", "ask"), ("promote", "advance")])
def test_when_the_time_is_over_the_manifest_says_what_becomes_of_it(on_inconclusive: str, decision: str) -> None:
    assert judge(on_inconclusive=on_inconclusive)["decision"] == decision
    assert (recorded()["verdict"], recorded()["weight"]) == ("inconclusive", 50)


def test_an_alarm_after_the_last_step_counts_too(workloads: Workloads) -> None:
    workloads.alarms(TARGET).went_off[ALARM] = DURING
    with pytest.raises(CanaryUnhealthyError):
        judge(index=2, bake_after_seconds=3600)
    assert (recorded()["step"], recorded()["weight"]) == (3, 100)


def test_a_canary_with_all_traffic_is_watched_as_long_as_the_manifest_says() -> None:
    looked = judge(index=2, bake_after_seconds=1015)
    assert (looked["decision"], looked["look_seconds"], looked["weight"]) == ("keep_baking", 15, 100)
    assert judge(index=2, bake_after_seconds=1000)["decision"] == "advance"


def test_the_evidence_is_that_of_the_whole_rollout_beside_the_stable_version(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[EvidenceRequest] = []

    def nothing(request: EvidenceRequest) -> TargetEvidence:
        asked.append(request)
        return TargetEvidence()

    monkeypatch.setattr(workloads.metrics(TARGET), "collect", nothing)
    judge(seconds=60, slow_after_ms=500)
    judge(index=2, seconds=60, bake_after_seconds=600)
    step, afterwards = asked
    assert (step.canary, step.stable, step.since, step.slow_after_ms) == ("8", "7", moment(ROLLOUT_SINCE), 500)
    assert step.now == moment(SHIFTED_AT) + timedelta(seconds=60), "a retry sees the same minutes"
    assert (afterwards.stable, afterwards.since) == (None, moment(SHIFTED_AT))


@pytest.mark.parametrize("stable", [RevisionMinute(None, None), RevisionMinute(5_000, 0)])
@pytest.mark.parametrize("now", LOST)
def test_a_deployment_that_lost_its_lease_does_not_judge(
    workloads: Workloads, stable: RevisionMinute, now: Lease
) -> None:
    seen(workloads, MANY, stable)
    record_lease(now)
    with pytest.raises(LeaseLostError, match=f"{DEPLOYMENT} no longer holds the lease"):
        judge()
    assert history() == []


def test_without_its_alarms_a_canary_is_not_judged() -> None:
    with pytest.raises(AlarmNotFoundError, match="deleted"):
        judge(alarm="deleted")
    assert history() == []


def test_requests_that_nobody_can_count_are_no_evidence_of_health(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY, "CloudWatch is down")
    with pytest.raises(CanaryInconclusiveError, match="CloudWatch is down"):
        judge()
    assert recorded()["verdict"] == "inconclusive"


ASKING: dict[str, Any] = {"on_inconclusive": "ask", "max_bake_seconds": 1000}


def people(decision: Any, seconds: int, index: int = 1) -> None:
    """They were asked about a step, and decided so many seconds after the shift."""
    at = iso(moment(SHIFTED_AT) + timedelta(seconds=seconds))
    asked = AskedAboutCanary(DEPLOYMENT, "the question", SHIFTED_AT, index, 1, is_open=False)
    entry.services().canary_questions.put(replace(asked, decision=decision, decided_at=at if decision else None))


def test_when_the_time_is_over_people_are_asked_with_what_is_known(workloads: Workloads) -> None:
    few = RevisionMinute(2, 0)
    seen(workloads, few, MANY)
    looked = judge(seconds=1000, **ASKING)
    assert looked["decision"] == "ask"
    known = looked["known"]
    assert known["reasons"][: len(looked["reasons"])] == looked["reasons"]
    assert known["evidence"] == looked["evidence"]
    assert sum(each[1] or 0 for each in known["minutes"]) == 2


def test_a_canary_that_people_wait_for_is_watched_again_and_then_asked_about_again(workloads: Workloads) -> None:
    seen(workloads, RevisionMinute(2, 0), MANY)
    people("keep_waiting", 2000)
    assert judge(seconds=2100, **ASKING)["decision"] == "keep_baking"
    assert judge(seconds=3000, **ASKING)["decision"] == "ask"


def test_a_canary_that_people_promote_anyway_is_not_asked_about_in_later_steps(workloads: Workloads) -> None:
    seen(workloads, RevisionMinute(2, 0), MANY)
    people("approved", 300, index=0)
    assert judge(seconds=1000, **ASKING)["decision"] == "advance"


def test_a_question_without_an_answer_changes_nothing_for_the_judge(workloads: Workloads) -> None:
    seen(workloads, RevisionMinute(2, 0), MANY)
    people(None, 300)
    assert judge(seconds=1000, **ASKING)["decision"] == "ask"


@pytest.mark.parametrize(
    ("canary", "seconds", "reads"),
    [
        (MANY, 1000, 0),
        (RevisionMinute(2, 0), 1000, 1),
        (RevisionMinute(2, 0), 60, 0),
        (RevisionMinute(100, 50), 1000, 0),
    ],
)
def test_what_people_have_decided_is_read_only_where_it_can_change_something(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, canary: RevisionMinute, seconds: int, reads: int
) -> None:
    read: list[str] = []
    monkeypatch.setattr(entry.services().canary_questions, "of", read.append)
    seen(workloads, canary, MANY)
    with suppress(CanaryUnhealthyError):
        judge(seconds=seconds, **ASKING)
    assert read == [DEPLOYMENT] * reads


def test_a_step_that_is_shown_to_be_healthy_is_done_also_while_people_want_to_wait(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    people("keep_waiting", 900)
    assert judge(seconds=1000, **ASKING)["decision"] == "advance"


OWN = {"during_bake": {"request": {"payload": '{"warm":true}', "expect": '{"ok":1}'}, "per_look": 3}}
BAD = Answer("", "no cow")
GOOD = Answer('{"ok":1}', None)


def test_own_requests_are_sent_to_the_canary_at_each_look_and_counted_apart(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    workloads.function(TARGET).answers = [GOOD] * 3
    looked = judge(checks=OWN)
    assert workloads.function(TARGET).invoked == [("8", '{"warm":true}')] * 3
    assert looked["evidence"]["own_requests"] == {"sent": 3, "failed": 0, "failed_looks": 0}
    assert (looked["verdict"], looked["failed_looks"]) == ("healthy", 0)


def test_own_requests_that_succeed_are_no_evidence_of_health(workloads: Workloads) -> None:
    workloads.function(TARGET).answers = [GOOD] * 3
    looked = judge(checks=OWN, seconds=1)
    assert (looked["decision"], looked["verdict"]) == ("keep_baking", "inconclusive")


def test_own_requests_that_fail_once_are_noted_and_looked_at_again(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    workloads.function(TARGET).answers = [GOOD, BAD, BAD]
    looked = judge(checks=OWN)
    assert (looked["verdict"], looked["failed_looks"]) == ("healthy", 1)
    assert recorded()["notes"] == ["2 of 3 requests of the pipeline's own failed: it failed: “no cow”"]


def test_own_requests_that_fail_at_two_looks_in_a_row_show_harm(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    workloads.function(TARGET).answers = [BAD, GOOD, GOOD]
    with pytest.raises(CanaryUnhealthyError, match="1 of 3 requests of the pipeline's own failed"):
        judge(checks=OWN, failed_looks=1)
    assert recorded()["verdict"] == "unhealthy"
    assert recorded()["evidence"]["own_requests"] == {"sent": 3, "failed": 1, "failed_looks": 2}


def test_a_look_without_failures_begins_anew(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    workloads.function(TARGET).answers = [GOOD] * 3
    assert judge(checks=OWN, failed_looks=1)["failed_looks"] == 0


def test_a_judge_that_observes_only_records_what_own_requests_show(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    workloads.function(TARGET).answers = [BAD] * 3
    assert judge(checks=OWN, failed_looks=1, mode="observe")["decision"] == "advance"
    assert recorded()["verdict"] == "unhealthy"


def test_what_lambda_refuses_to_run_says_nothing_about_the_canary(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: FakeFunction, version: str, payload: str) -> Answer:
        raise TargetConflictError(f"version {version} is busy")

    monkeypatch.setattr(FakeFunction, "invoke", refuse)
    seen(workloads, MANY, MANY)
    looked = judge(checks=OWN, failed_looks=1)
    assert (looked["verdict"], looked["failed_looks"]) == ("healthy", 0)
    assert looked["evidence"]["own_requests"] == {"sent": 0, "failed": 0, "failed_looks": 0}


def test_without_a_wish_nothing_is_sent(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    assert "own_requests" not in judge()["evidence"]
    assert workloads.function(TARGET).invoked == []


def test_a_look_that_has_no_time_left_sends_no_requests_of_its_own(workloads: Workloads) -> None:
    seen(workloads, MANY, MANY)
    judge(milliseconds=8_000, checks=OWN)
    assert recorded()["evidence"]["own_requests"]["sent"] == 0
