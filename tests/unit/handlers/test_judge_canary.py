from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gantry.handlers.deployment_machine import judge_canary
from gantry.promotion.errors import (
    AlarmNotFoundError,
    CanaryInconclusiveError,
    CanaryUnhealthyError,
    LeaseLostError,
)
from gantry.promotion.judge.evidence import TargetEvidence
from gantry.promotion.lease import Lease
from gantry.promotion.timestamps import iso, moment
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
BEFORE = moment(SHIFTED_AT) - timedelta(seconds=30)


@pytest.fixture(autouse=True)
def leased(ledger: Any) -> None:
    record_lease(lease())


@pytest.fixture(autouse=True)
def alarms(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now[ALARM] = "OK"


def served(workloads: Workloads, *at: datetime, version: str = "8") -> None:
    workloads.metrics(TARGET).served[version] = list(at)


def judge(alarm: str = ALARM, index: int = 1, seconds: int = 1000, **settings: Any) -> Any:
    event = payload(
        "JudgeCanary",
        deployment=deployment_input(judge={"max_bake_seconds": 1000} | settings, alarms=[alarm]),
        found={"revision": "7", "weights": {}},
        plan=PLAN,
        canary="8",
        index=index,
        shifted_at=SHIFTED_AT,
        rollout_since=SHIFTED_AT,
    )
    event["entered_at"] = iso(moment(SHIFTED_AT) + timedelta(seconds=seconds))
    return invoke(judge_canary.handler, event)


def recorded() -> dict[str, Any]:
    """The one verdict in the ledger."""
    (entry,) = history()
    assert (entry.kind, entry.execution) == ("canary_judged", DEPLOYMENT)
    assert (entry.environment, entry.target_id) == ("prod", TARGET.id)
    return dict(entry.facts)


def facts(verdict: str, reason: str, **evidence: Any) -> dict[str, Any]:
    seen = {"requests": 0, "minimum_requests": 1, "alarms": []} | evidence
    return {"step": 2, "weight": 50, "canary": "8", "verdict": verdict, "reasons": [reason], "evidence": seen}


def kept() -> dict[str, Any]:
    """What the ledger keeps of the verdict, as far as the machine gets it too."""
    return {key: value for key, value in recorded().items() if key in facts("", "")}


def test_a_canary_that_served_enough_without_an_alarm_is_healthy(workloads: Workloads) -> None:
    served(workloads, DURING, DURING)
    reason = "the canary served 2 of at least 2 requests and no alarm changed to ALARM"
    found = facts("healthy", reason, requests=2, minimum_requests=2)
    assert judge(minimum_requests=2) == found | {"decision": "advance", "look_seconds": 1}
    assert kept() == found


def test_judging_twice_keeps_one_verdict(workloads: Workloads) -> None:
    served(workloads, DURING)
    assert judge() == judge()
    assert recorded()["verdict"] == "healthy"


def test_an_alarm_during_the_bake_is_unhealthy_however_much_was_served(workloads: Workloads) -> None:
    served(workloads, DURING)
    workloads.alarms(TARGET).went_off[ALARM] = DURING
    reason = "the alarm “cowsay-errors” changed to ALARM at 2025-11-22T09:25:30.000Z: “3 errors”"
    with pytest.raises(CanaryUnhealthyError, match=reason):
        judge()
    assert kept() == facts("unhealthy", reason, requests=1, alarms=[ALARM])


def test_an_alarm_before_the_shift_says_nothing_about_the_canary(workloads: Workloads) -> None:
    served(workloads, DURING)
    workloads.alarms(TARGET).went_off[ALARM] = BEFORE
    assert judge()["verdict"] == "healthy"


def test_a_quiet_canary_without_traffic_is_inconclusive_and_never_healthy() -> None:
    reason = "the canary served 0 of at least 1 requests: too few to judge"
    with pytest.raises(CanaryInconclusiveError, match=reason):
        judge()
    assert kept() == facts("inconclusive", reason)


def test_while_there_is_time_left_a_quiet_canary_is_looked_at_again_and_nothing_is_recorded() -> None:
    looked = judge(max_bake_seconds=1030)
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


@pytest.mark.parametrize("at", [BEFORE, datetime(2999, 1, 1, tzinfo=UTC)])
def test_requests_outside_the_bake_are_no_evidence(workloads: Workloads, at: datetime) -> None:
    served(workloads, at)
    with pytest.raises(CanaryInconclusiveError):
        judge()


def test_requests_of_the_stable_version_are_no_evidence_about_the_canary(workloads: Workloads) -> None:
    served(workloads, DURING, version="7")
    with pytest.raises(CanaryInconclusiveError):
        judge()


@pytest.mark.parametrize("served_at", [DURING, BEFORE])
@pytest.mark.parametrize("now", LOST)
def test_a_deployment_that_lost_its_lease_does_not_judge(workloads: Workloads, served_at: datetime, now: Lease) -> None:
    served(workloads, served_at)
    record_lease(now)
    with pytest.raises(LeaseLostError, match=f"{DEPLOYMENT} no longer holds the lease"):
        judge()
    assert history() == []


def test_without_its_alarms_a_canary_is_not_judged(workloads: Workloads) -> None:
    served(workloads, DURING)
    with pytest.raises(AlarmNotFoundError, match="deleted"):
        judge(alarm="deleted")
    assert history() == []


def test_requests_that_nobody_can_count_are_no_evidence_of_health(workloads: Workloads) -> None:
    workloads.metrics(TARGET).found = TargetEvidence(unknown=("CloudWatch is down",))
    with pytest.raises(CanaryInconclusiveError, match="the canary's requests cannot be counted"):
        judge()
    assert recorded()["verdict"] == "inconclusive"
    assert "requests" not in recorded()["evidence"]
