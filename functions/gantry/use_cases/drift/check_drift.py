"""Look for drift everywhere, once a day, and tell people and automation what changed since the last time."""

from dataclasses import dataclass

from gantry.observability import logger, metrics
from gantry.promotion.drift.record import DriftChanges, DriftRecord
from gantry.promotion.drift.report import DriftReport
from gantry.promotion.drift.states import DriftState
from gantry.promotion.drift.telling import drift_events, drift_message
from gantry.use_cases.drift.look_for_drift import look_for_drift
from gantry.use_cases.drift.restore_drift import restore_drift
from gantry.use_cases.services import Services

_AT_ONCE = 4
"""Targets: nobody is in a hurry, and people's own calls must not be throttled."""


@dataclass(frozen=True, slots=True)
class CheckedDrift:
    """How many targets were looked at, and how they are."""

    targets: int
    out_of_sync: int
    unknown: int


def check_drift(at: str, seconds: float, services: Services) -> CheckedDrift:
    """Look at all targets, restore what may be restored, tell what changed, then keep what was found.

    What is lost of a message or an event is sent with the next run, because what it is about was not kept. So after a
    crash in between, they may come twice.

    Args:
        at: the moment; ISO 8601, UTC.
        seconds: how long all targets together may take.
        services: the adapters.

    Raises:
        NotificationError: SNS or EventBridge did not take something.
    """
    before = {each.service: each for each in services.drift_records.all()}
    report = look_for_drift(at, seconds, services, at_once=_AT_ONCE)
    now = [
        restore_drift(each, DriftRecord.of(each, before.get(each.service), at), at, services)
        for each in report.services
    ]
    gone = before.keys() - {each.service for each in now}
    now += [DriftRecord(name, at) for name in sorted(gone) if before[name].findings]
    _tell([DriftChanges.between(before.get(each.service), each) for each in now], report, services)
    for record in now:
        services.drift_records.keep(record)
    return _counted(report, now)


def _tell(changes: list[DriftChanges], report: DriftReport, services: Services) -> None:
    message = drift_message(changes)
    if message is None:
        return
    logger.warning(
        "drift", found=sum(len(each.found) for each in changes), ended=sum(len(each.ended) for each in changes)
    )
    services.topic.publish(message)
    reports = {each.service: each for each in report.services}
    for each in changes:
        for event in drift_events(each, reports.get(each.service)):
            services.events.publish(event)


def _counted(report: DriftReport, records: list[DriftRecord]) -> CheckedDrift:
    states = [target.state for service in report.services for target in service.targets]
    found = CheckedDrift(len(states), states.count(DriftState.OUT_OF_SYNC), states.count(DriftState.UNKNOWN))
    copies = sum(not each.is_of_target for record in records for each in record.findings)
    metrics.add_metric("TargetsOutOfSync", unit="Count", value=found.out_of_sync)
    metrics.add_metric("TargetsNotLookedAt", unit="Count", value=found.unknown)
    metrics.add_metric("CopiesOutOfSync", unit="Count", value=copies)
    return found
