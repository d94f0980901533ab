"""Read the board: four queries, however many services there are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from gantry.promotion.board.board import Board, EnvironmentOnBoard, Moving, ServiceOnBoard, TargetOnBoard
from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.board.listed_service import LastEnd, ListedEnvironment, ListedService
from gantry.promotion.drift.record import DriftFinding, DriftRecord
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveNow
from gantry.promotion.needs.waiting import WaitingRelease
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.running_promotion import RunningPromotion
from gantry.use_cases.approvals.clock import now
from gantry.use_cases.services import Services

Record = TypeVar("Record")


class _Facts:
    """What the ledger says, by service."""

    def __init__(
        self,
        at: str,
        leases: Iterable[Lease],
        records: Iterable[Any],
        approvals: Iterable[ListedApproval],
        promotions: Iterable[RunningPromotion],
    ) -> None:
        self.at = at
        self.progress: dict[str, CanaryProgress] = {}
        self._leases: dict[str, list[Lease]] = defaultdict(list)
        self._records: dict[tuple[type, str], list[Any]] = defaultdict(list)
        for each in records:
            self._records[type(each), each.service].append(each)
            if isinstance(each, CanaryProgress):
                self.progress[each.execution] = each
        for approval in approvals:
            if approval.expires_at > at:
                self._records[ListedApproval, approval.service].append(approval)
        for promotion in promotions:
            self._records[RunningPromotion, promotion.release.service].append(promotion)
        for lease in leases:
            if owner := lease.live_for or lease.holder:
                self._leases[owner.service].append(lease)
        self.names = {name for _, name in self._records} | {*self._leases}

    def of(self, kind: type[Record], service: str) -> list[Record]:
        return self._records.get((kind, service), [])

    def leases(self, service: str) -> list[Lease]:
        return self._leases.get(service, [])


def read_board(services: Services, service: str | None = None) -> Board:
    """Return the board of all services, or of one."""
    reading = services.board_reading
    facts = _Facts(
        now(),
        reading.leases(),
        reading.board(),
        reading.open_approvals(),
        services.running_promotions.all(),
    )
    names = sorted(each for each in facts.names if service in {None, each})
    return Board(facts.at, tuple(_service(name, facts, services) for name in names))


def _service(name: str, facts: _Facts, services: Services) -> ServiceOnBoard:
    listed = next((each.environments for each in facts.of(ListedService, name)), ())
    quarantined = sorted(facts.of(Quarantine, name), key=lambda each: each.since, reverse=True)
    return ServiceOnBoard(
        name,
        tuple(_environments(name, listed, facts, services)),
        tuple(facts.of(RunningPromotion, name)),
        tuple(each for each in quarantined if each.is_active),
        next(iter(facts.of(LastEnd, name)), None),
        tuple(_copies_astray(name, facts)),
    )


def _copies_astray(service: str, facts: _Facts) -> Iterable[DriftFinding]:
    """Yield what the last check found that is about no target, but for environments that have changed since."""
    for checked in facts.of(DriftRecord, service):
        changed = {
            each.live_for.environment
            for each in facts.leases(service)
            if each.live_for and _last_change(each) > checked.at
        }
        yield from (each for each in checked.findings if not each.is_of_target and each.environment not in changed)


def _environments(
    service: str, listed: Sequence[ListedEnvironment], facts: _Facts, services: Services
) -> Iterable[EnvironmentOnBoard]:
    order = {each.name: each.target_ids for each in listed}
    targets: dict[str, list[TargetOnBoard]] = defaultdict(list)
    checked = next(iter(facts.of(DriftRecord, service)), None)
    leases = facts.leases(service)
    older = _live_before(service, services) if any(each.live_for and not each.live_now for each in leases) else {}
    for lease in leases:
        if owner := lease.live_for or lease.holder:
            known = order.get(owner.environment, ())
            found = replace(lease, live_now=lease.live_now or older.get(lease.target.id))
            is_left_behind = bool(listed) and lease.target.id not in known
            targets[owner.environment].append(_target(found, facts, checked, is_left_behind=is_left_behind))
    approvals = facts.of(ListedApproval, service)
    others = sorted({*targets, *(each.environment for each in approvals)} - {*order})
    for name in (*order, *others):
        asked = sorted((each for each in approvals if each.environment == name), key=lambda each: each.requested_at)
        own = tuple(_in_order(targets[name], order.get(name, ())))
        yield EnvironmentOnBoard(name, own, tuple(asked), _needing(service, name, facts))


def _needing(service: str, environment: str, facts: _Facts) -> WaitingRelease | None:
    """Return the release that waits there for its infrastructure. One that was stopped does not."""
    running = {each.execution for each in facts.of(RunningPromotion, service)}
    waiting = (each for each in facts.of(WaitingRelease, service) if each.environment == environment and each.unmet)
    return next((each for each in waiting if each.execution in running), None)


def _live_before(service: str, services: Services) -> dict[str, LiveNow]:
    """Return what is live by its own records, for leases of older versions of Gantry; one more query."""
    return {each.target_id: each.in_short for each in services.ledger.live(service)}


def _in_order(targets: list[TargetOnBoard], ids: Sequence[str]) -> list[TargetOnBoard]:
    """Return the manifest's targets in its order, then the others."""
    place = {each: number for number, each in enumerate(ids)}
    return sorted(targets, key=lambda each: (place.get(each.target.id, len(place)), each.target.id))


def _target(lease: Lease, facts: _Facts, checked: DriftRecord | None, *, is_left_behind: bool) -> TargetOnBoard:
    holder, moving = lease.holder, None
    if holder:
        moving = Moving(holder.owner, holder.since, holder.release, facts.progress.get(holder.owner))
    waiting = tuple(each.release for each in lease.waiting if each.release)
    drift = None if moving or checked is None else _drift(lease, checked)
    return TargetOnBoard(lease.target, lease.live_now, moving, waiting, is_left_behind, drift)


def _drift(lease: Lease, checked: DriftRecord) -> DriftFinding | None:
    """Return what the last check found on a target, unless a release or a rollback has changed it since."""
    return None if _last_change(lease) > checked.at else checked.by_target.get(lease.target.id)


def _last_change(lease: Lease) -> str:
    """Return when a release or a rollback has changed a target; empty when nobody knows."""
    live, rollback = lease.live_now, lease.last_rollback
    return max(live.since if live else "", rollback.at if rollback else "")
