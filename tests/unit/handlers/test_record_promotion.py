import json
from collections.abc import Callable
from typing import Any

import pytest

from gantry.handlers.promotion_machine import record_promotion
from gantry.promotion.errors import NotificationError, PromotionFailedError
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.running_promotion import RunningPromotion
from gantry.use_cases.services import Services
from tests.unit.handlers.outages import without_bus, without_topic
from tests.unit.handlers.payloads import (
    DIGEST,
    ENTERED_AT,
    PROMOTION,
    RELEASE,
    Said,
    Told,
    invoke,
    payload,
    release_input,
    where,
)
from tests.unit.handlers.pushes import push
from tests.unit.handlers.records import history, record_running

pytestmark = pytest.mark.usefixtures("ledger", "told")

CHILD = {
    "ExecutionArn": "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:one",
    "Status": "FAILED",
    "Error": "DeploymentRolledBack",
    "Cause": "CanaryUnhealthyError: an alarm",
}
FAILED = {"Error": "States.TaskFailed", "Cause": json.dumps(CHILD)}
NO_RELEASE = {"Error": "ManifestError", "Cause": json.dumps({"errorMessage": "no such field"})}


def record(failure: dict[str, Any] | None = None, redrives: int = 0, **changed: Any) -> Any:
    known = {"event": push(), "release": release_input(), "execution": PROMOTION, "redrives": redrives} | changed
    failure = failure and {**failure, "redrives": 0}
    return invoke(record_promotion.handler, payload("RecordPromotion", **known, failure=failure))


def fail(failure: dict[str, Any] = FAILED, **changed: Any) -> str:
    """Record a failure; what the execution fails with."""
    with pytest.raises(PromotionFailedError) as raised:
        record(failure, **changed)
    return str(raised.value)


def entry(kind: HistoryKind, **facts: Any) -> HistoryEntry:
    known = {"service": "cowsay", "digest": DIGEST, "tag": "4f0c2d1"} | facts
    return HistoryEntry("cowsay", ENTERED_AT, kind, PROMOTION, facts=known)


def test_a_completed_promotion_is_recorded_counted_and_notified_of(announced: Said, told: Told, counted: Any) -> None:
    assert record() == {"outcome": "completed"}
    assert history() == [entry(HistoryKind.PROMOTION_COMPLETED)]
    (event,) = announced()
    assert event["detail-type"] == "Promotion Completed"
    assert event["detail"] == {
        "service": "cowsay",
        "digest": DIGEST,
        "tag": "4f0c2d1",
        "source": None,
        "error": None,
        "reason": None,
        "execution": PROMOTION,
    }
    text = f"cowsay 4f0c2d1: live in all of this promotion's environments.\n\n{where(PROMOTION)}"
    assert told() == [("cowsay: promotion completed", text)]
    assert counted() == {"PromotionsCompleted": 1}


def test_a_completed_promotion_is_one_that_runs_no_more(services: Services) -> None:
    running = RunningPromotion(PROMOTION, RELEASE, ("dev",), ENTERED_AT)
    record_running(running)
    fail()
    assert list(services.running_promotions.all()) == [running], "ClosePromotion sees to what is left of a failed one"
    record()
    assert services.running_promotions.get(PROMOTION) is None
    assert services.notification_log.was_sent(PROMOTION), "a stop after that is nothing to tell"


def test_a_failed_promotion_says_what_failed_innermost(announced: Said, told: Told, counted: Any) -> None:
    assert fail() == "DeploymentRolledBack: CanaryUnhealthyError: an alarm"
    reason = {"error": "DeploymentRolledBack", "reason": "CanaryUnhealthyError: an alarm"}
    assert history() == [entry(HistoryKind.PROMOTION_FAILED, **reason)]
    (event,) = announced()
    assert event["detail-type"] == "Promotion Failed"
    assert event["detail"].items() >= reason.items()
    text = f"cowsay 4f0c2d1: DeploymentRolledBack: CanaryUnhealthyError: an alarm\n\n{where(PROMOTION)}"
    assert told() == [("cowsay: promotion failed", text)]
    assert counted() == {"PromotionsFailed": 1}


@pytest.mark.parametrize(
    ("event", "service"),
    [
        (push(), "cowsay"),
        ({"repository": "cowsay", "tag": "4f0c2d1"}, "cowsay"),
        ({"repository": None}, "unknown"),
        ({"detail": "no object", "repository": "cowsay"}, "cowsay"),
        ({"detail": {"repository-name": "Cow says"}}, "unknown"),
        ({"detail": {}}, "unknown"),
        ({"repository": "cowsay\nprod: completed"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_promotion_that_came_to_no_release_is_recorded_under_the_service_as_well_as_it_is_known(
    services: Services, told: Told, event: dict[str, Any], service: str
) -> None:
    assert fail(NO_RELEASE, release=None, event=event) == "ManifestError: no such field"
    (kept,) = history(service)
    assert kept.facts == {"service": service, "error": "ManifestError", "reason": "no such field"}
    is_named = service != "unknown"
    assert told()[0][0] == (f"{service}: promotion failed" if is_named else "A promotion that names no service: failed")
    assert told()[0][1].startswith(f"{service}: ManifestError: no such field" if is_named else "ManifestError: no such")


def recorded(items: Said) -> list[dict[str, Any]]:
    """What is in the ledger, without how long it is kept."""
    return [{key: value for key, value in each.items() if key != "expires_at"} for each in items()]


def test_a_retry_records_nothing_more_and_answers_the_same(items: Said) -> None:
    once, kept = record(), recorded(items)
    assert record() == once
    assert recorded(items) == kept


def test_a_retry_of_a_failed_promotion_records_nothing_more_and_fails_the_same(items: Said) -> None:
    once, kept = fail(), recorded(items)
    assert fail() == once
    assert recorded(items) == kept


def test_a_redriven_promotion_continues_and_its_failure_is_not_notified_again(items: Said, told: Told) -> None:
    fail()
    kept, heard = items(), told()
    assert record(FAILED, redrives=1) == {"outcome": "redriven"}
    assert (items(), told()) == (kept, heard)


def test_a_promotion_that_fails_once_more_after_a_redrive_is_recorded_again() -> None:
    fail()
    failure = {**FAILED, "redrives": 1}
    known = {"event": push(), "release": release_input(), "execution": PROMOTION, "redrives": 1, "failure": failure}
    later = payload("RecordPromotion", **known) | {"entered_at": "2026-11-22T10:30:00.000Z"}
    with pytest.raises(PromotionFailedError):
        invoke(record_promotion.handler, later)
    assert [each.kind for each in history()] == [HistoryKind.PROMOTION_FAILED] * 2


@pytest.mark.parametrize(
    ("break_it", "logs", "is_noted"),
    [(without_bus, "event not published", True), (without_topic, "notification failed", False)],
)
def test_a_failure_that_cannot_be_notified_still_fails_the_promotion(
    services: Services, logged: list[str], break_it: Callable[[Services], None], logs: str, *, is_noted: bool
) -> None:
    break_it(services)
    assert fail().startswith("DeploymentRolledBack")
    assert [each.kind for each in history()] == [HistoryKind.PROMOTION_FAILED]
    assert any(logs in line for line in logged)
    assert services.notification_log.was_sent(PROMOTION) == is_noted, "otherwise ClosePromotion notifies people"


@pytest.mark.parametrize("break_it", [without_bus, without_topic])
def test_a_completed_promotion_that_nobody_could_be_notified_of_is_recorded_and_says_so(
    services: Services, break_it: Callable[[Services], None]
) -> None:
    break_it(services)
    with pytest.raises(NotificationError):
        record()
    assert history() == [entry(HistoryKind.PROMOTION_COMPLETED)]
