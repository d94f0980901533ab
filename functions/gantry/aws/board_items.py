"""Between the records that people see of everything at once, and their items in the ledger.

Each record is the item's attribute `record`, so that no field is taken for a key, or for `expires_at`: that one is in
seconds since the epoch, and DynamoDB deletes the item some time later.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gantry.aws import board_keys as keys
from gantry.aws.ledger_items import to_item, to_record
from gantry.aws.quarantines import quarantine_in
from gantry.promotion.board.canary_progress import CanaryProgress, CanarySeen, Pause
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.board.listed_service import LastEnd, ListedEnvironment, ListedService
from gantry.promotion.drift.record import DriftFinding, DriftRecord
from gantry.promotion.drift.states import DriftState
from gantry.promotion.needs.waiting import WaitingRelease
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.source import Source
from gantry.promotion.timestamps import moment
from gantry.promotion.visible_text import shortened

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CANARIES_KEPT = timedelta(days=7)
"""After the end of the rollout's time: longer than a lease outlives its execution."""
APPROVALS_KEPT = timedelta(days=30)
"""After it has expired. Whatever ends an approval removes its item; this is for one that nothing ends."""
QUARANTINES_KEPT = timedelta(days=90)
"""After it began. The quarantine itself stays in force."""
ENDS_KEPT = timedelta(days=90)
"""Of a promotion without a release. Its service's name may be a mistake."""
DRIFT_KEPT = timedelta(days=30)
"""After the last check."""
WAITING_KEPT = timedelta(days=7)
"""After the promotion gave up at the latest. What it went through is forgotten later than older ones can wait."""
LONGEST_REASON = 1000
"""Characters of a quarantine's reason. The quarantine itself has all of it."""

Item = dict[str, Any]


def to_canary_item(progress: CanaryProgress) -> Item:
    """Return the item of how far a running canary is."""
    until = max(progress.ends_at, progress.paused.until) if progress.paused else progress.ends_at
    key = keys.canary_progress(progress.service, progress.environment, progress.target_id)
    return key | _with_record(progress) | _forgotten(until, CANARIES_KEPT)


def canary_in(item: Mapping[str, Any]) -> CanaryProgress:
    """Return how far a running canary is. It counts only while its execution holds the target's lease."""
    found = item["record"]
    seen, paused = found.get("seen"), found.get("paused")
    return to_record(
        CanaryProgress,
        found,
        alarms=tuple(found["alarms"]),
        seen=to_record(CanarySeen, seen, reasons=tuple(seen["reasons"])) if seen else None,
        paused=to_record(Pause, paused) if paused else None,
    )


def to_service_item(service: ListedService) -> Item:
    """Return the item of what the last promotion said of a service. It stays."""
    return keys.listed_service(service.service) | _with_record(service)


def service_in(item: Mapping[str, Any]) -> ListedService:
    """Return what the last promotion said of a service."""
    found = item["record"]
    environments = (ListedEnvironment(each["name"], tuple(each["target_ids"])) for each in found["environments"])
    return to_record(ListedService, found, environments=tuple(environments))


def to_last_end_item(end: LastEnd) -> Item:
    """Return the item of how a service's last promotion that has ended did so.

    It stays, unless the promotion came to no release: then nobody knows that there is such a service.
    """
    item = keys.last_end(end.service) | _with_record(end)
    return item if end.digest else item | _forgotten(end.at, ENDS_KEPT)


def last_end_in(item: Mapping[str, Any]) -> LastEnd:
    """Return how a service's last promotion that has ended did so."""
    return to_record(LastEnd, item["record"])


def to_listed_quarantine_item(quarantine: Quarantine) -> Item:
    """Return the item of a quarantine among those of all services, with the beginning of its reason."""
    listed = replace(quarantine, reason=shortened(quarantine.reason, LONGEST_REASON))
    key = keys.listed_quarantine(quarantine.service, quarantine.digest)
    return key | _with_record(listed) | _forgotten(quarantine.since, QUARANTINES_KEPT)


def listed_quarantine_in(item: Mapping[str, Any]) -> Quarantine:
    """Return a quarantine among those of all services. DynamoDB may keep the item for days after it has expired."""
    return quarantine_in(item["record"])


def to_drift_item(record: DriftRecord) -> Item:
    """Return the item of what the last check for drift found of a service. A service that is gone has no next one."""
    return keys.drift_record(record.service) | _with_record(record) | _forgotten(record.at, DRIFT_KEPT)


def drift_in(item: Mapping[str, Any]) -> DriftRecord:
    """Return what the last check for drift found of a service."""
    found = item["record"]
    findings = (to_record(DriftFinding, each, state=DriftState(each["state"])) for each in found["findings"])
    return to_record(DriftRecord, found, findings=tuple(findings))


def to_waiting_item(release: WaitingRelease) -> Item:
    """Return the item of a release that waits for its infrastructure."""
    key = keys.waiting_release(release.service, release.environment)
    return key | _with_record(release) | _forgotten(release.until, WAITING_KEPT)


def waiting_in(item: Mapping[str, Any]) -> WaitingRelease:
    """Return a release that waits for its infrastructure. It counts only while its promotion runs."""
    found = item["record"]
    return to_record(WaitingRelease, found, **{name: tuple(found[name]) for name in ("unmet", "owners")})


def to_open_approval_item(approval: ListedApproval) -> Item:
    """Return the item of an approval among those that wait for people."""
    return keys.open_approval(approval.id) | _with_record(approval) | _forgotten(approval.expires_at, APPROVALS_KEPT)


def open_approval_in(item: Mapping[str, Any]) -> ListedApproval:
    """Return an approval that waits for people. The clock says whether it has expired."""
    found = item["record"]
    people = {name: tuple(found[name]) for name in ("approvers", "approved_by")}
    return to_record(ListedApproval, found, **people, source=Source.read(found.get("source")))


def _with_record(record: "DataclassInstance") -> Item:
    return {"record": to_item(record)}


def _forgotten(at: str, later: timedelta) -> Item:
    return {"expires_at": int((moment(at) + later).timestamp())}
