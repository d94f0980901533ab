from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gantry.handlers.deployment_machine import judge_canary
from gantry.promotion.errors import (
    AlarmNotFoundError,
    CanaryInconclusiveError,
    CanaryUnhealthyError,
    CanaryWithoutEvidenceError,
    LeaseLostError,
)
from gantry.promotion.lease import Lease
from gantry.promotion.timestamps import moment
from tests.unit.handlers.payloads import (
    ALARM,
    DEPLOYMENT,
    ENTERED_AT,
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


def judge(*, is_extended: bool = False, minimum_requests: int = 1, alarm: str = ALARM) -> Any:
    event = payload(
        "JudgeCanary",
        deployment=deployment_input(judge={"minimum_requests": minimum_requests}, alarms=[alarm]),
        canary="8",
        index=1,
        shifted_at=SHIFTED_AT,
        rollout_since=SHIFTED_AT,
        is_extended=is_extended,
    )
    return invoke(judge_canary.handler, event)


def recorded() -> dict[str, Any]:
    """The one verdict in the ledger."""
    (entry,) = history()
    assert (entry.at, entry.kind, entry.execution) == (ENTERED_AT, "canary_judged", DEPLOYMENT)
    assert (entry.environment, entry.target_id) == ("prod", TARGET.id)
    return dict(entry.facts)


def facts(verdict: str, reason: str, **evidence: Any) -> dict[str, Any]:
    seen = {"requests": 0, "minimum_requests": 1, "alarms": []} | evidence
    return {"step": 2, "canary": "8", "verdict": verdict, "reasons": [reason], "evidence": seen}


def test_a_canary_that_served_enough_without_an_alarm_is_healthy(workloads: Workloads) -> None:
    served(workloads, DURING, DURING)
    reason = "the canary served 2 of at least 2 requests and no alarm changed to ALARM"
    assert judge(minimum_requests=2) == facts("healthy", reason, requests=2, minimum_requests=2)
    assert recorded() == facts("healthy", reason, requests=2, minimum_requests=2)


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
    assert recorded() == facts("unhealthy", reason, requests=1, alarms=[ALARM])


def test_an_alarm_before_the_shift_says_nothing_about_the_canary(workloads: Workloads) -> None:
    served(workloads, DURING)
    workloads.alarms(TARGET).went_off[ALARM] = BEFORE
    assert judge()["verdict"] == "healthy"


@pytest.mark.parametrize(
    ("is_extended", "error"), [(False, CanaryInconclusiveError), (True, CanaryWithoutEvidenceError)]
)
def test_a_quiet_canary_without_traffic_is_inconclusive_and_never_healthy(
    is_extended: bool, error: type[Exception]
) -> None:
    reason = "the canary served 0 of at least 1 requests: too few to judge"
    with pytest.raises(error, match=reason):
        judge(is_extended=is_extended)
    assert recorded() == facts("inconclusive", reason)


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


def test_requests_that_nobody_can_count_are_no_evidence_of_health(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workloads.metrics(TARGET), "requests", lambda *_: None)
    with pytest.raises(CanaryInconclusiveError, match="the canary's requests cannot be counted"):
        judge()
    assert recorded()["verdict"] == "inconclusive"
    assert "requests" not in recorded()["evidence"]
