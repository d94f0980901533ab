"""The ledger: what is live where. It also records the history of everything, which is for people."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from gantry.aws import ledger_keys as keys
from gantry.aws.board_items import to_last_end_item, to_listed_quarantine_item
from gantry.aws.deployed_revisions import deployed_items, live_revision_in
from gantry.aws.leases import Leases
from gantry.aws.ledger_items import queried, to_item, to_record
from gantry.aws.transactions import CONDITION, Transactions
from gantry.promotion.board.listed_service import LastEnd
from gantry.promotion.errors import LeaseLostError
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import EndedRollback, Lease
from gantry.promotion.live import Live
from gantry.promotion.live_now import LiveFor
from gantry.promotion.live_parameter.wanted import GoneTarget
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.target import Target, target_of_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class Ledger:
    """The table of record. A retry may record the same thing again: it is kept once."""

    def __init__(self, table: "Table") -> None:
        self._table = table
        self._together = Transactions(table)
        self._leases = Leases(table)

    def live(self, service: str, environment: str | None = None) -> tuple[Live, ...]:
        """Return what is live on each target of a service, in one environment or in all.

        The number of targets bounds it: each has one record, which stays when the target passes to another service.
        """
        at = Key("pk").eq(keys.service_partition(service)) & Key("sk").begins_with(keys.live_prefix(environment))
        found = queried(lambda more: self._table.query(KeyConditionExpression=at, ConsistentRead=True, **more))
        return tuple(live for item in found if (live := live_in(item)))

    def live_on(self, service: str, environment: str, target: Target) -> Live | None:
        """Return what is live on one target; None when Gantry has not released anything there."""
        item = self._table.get_item(Key=keys.live(service, environment, target.id), ConsistentRead=True).get("Item")
        return live_in(item) if item else None

    def live_and_gone(self, service: str, environment: str) -> tuple[tuple[Live, ...], tuple[GoneTarget, ...]]:
        """Return what is live in an environment, and the targets that are another service's or environment's now."""
        at = Key("pk").eq(keys.service_partition(service)) & Key("sk").begins_with(keys.live_prefix(environment))
        found = [*queried(lambda more: self._table.query(KeyConditionExpression=at, ConsistentRead=True, **more))]
        ids = (str(item["sk"]).removeprefix(keys.live_prefix(environment)) for item in found if "passed_to" in item)
        gone = tuple(GoneTarget(service, environment, target_of_id(each)) for each in ids)
        return tuple(live for item in found if (live := live_in(item))), gone

    def taken_from(self, service: str, environment: str) -> tuple[LiveFor, ...]:
        """Return whose the targets of an environment were before; once each."""
        at = Key("pk").eq(keys.service_partition(service)) & Key("sk").begins_with(keys.taken_prefix(environment))
        found = queried(lambda more: self._table.query(KeyConditionExpression=at, ConsistentRead=True, **more))
        return tuple(dict.fromkeys(to_record(LiveFor, item["taken_from"]) for item in found))

    def record(self, entry: HistoryEntry) -> None:
        """Record one thing that happened."""
        self._table.put_item(Item=_history_item(entry))

    def record_promotion_end(self, entry: HistoryEntry, end: LastEnd) -> None:
        """Record how a promotion ended, and show it as its service's last end if no later one is known."""
        changes = [self._together.put(_history_item(entry))]
        changes.append(
            self._together.put(
                to_last_end_item(end),
                ConditionExpression="attribute_not_exists(pk) OR #record.#at <= :at",
                ExpressionAttributeNames={"#record": "record", "#at": "at"},
                ExpressionAttributeValues={":at": end.at},
            )
        )
        while why := self._together.why_refused(changes):
            changes = changes[:1] if CONDITION in why else changes

    def record_as_holder(self, entry: HistoryEntry, target: Target, fence: int) -> None:
        """Record one thing that happened to a target, as the execution that holds its lease.

        Raises:
            LeaseLostError: the execution has lost the lease.
        """
        self._leases.write_as_holder(target, entry.execution, fence, [_history_item(entry)])

    def record_end(  # noqa: PLR0913 -- a transaction has many parts
        self,
        entry: HistoryEntry,
        target: Target,
        fence: int,
        *,
        live: Live | None = None,
        quarantine: Quarantine | None = None,
        known: Lease | None = None,
    ) -> Lease:
        """Do the same as `end`, for a state that may be retried: do nothing when the end is recorded already.

        Raises:
            LeaseLostError: the execution has lost the lease, and its end is not recorded.
        """
        try:
            return self.end(entry, target, fence, live=live, quarantine=quarantine, known=known)
        except LeaseLostError:
            if not self._has(keys.history(entry)):
                raise
            return self._leases.get(target)

    def end(  # noqa: PLR0913 -- a transaction has many parts
        self,
        entry: HistoryEntry,
        target: Target,
        fence: int,
        *,
        live: Live | None = None,
        quarantine: Quarantine | None = None,
        known: Lease | None = None,
    ) -> Lease:
        """Record how an execution ended, and end its lease, in one transaction.

        Return the lease as it is afterwards: the next contender holds it, if one waits.

        Args:
            entry: what happened.
            target: the target that the lease is on.
            fence: the execution's fencing number; 0 when it does not know one.
            live: what is live now, if that has changed.
            quarantine: what may not be promoted any more, if anything.
            known: the lease as this state has read it.

        Raises:
            LeaseLostError: the execution has lost the lease.
        """
        items = [_history_item(entry), *_quarantine_items(quarantine)]
        if live:
            items += [_live_item(live), *deployed_items(entry, live)]

        def ended(lease: Lease) -> Lease:
            if fence:
                lease.require(entry.execution, fence)
            after = lease.ended(entry.execution)
            if entry.kind is HistoryKind.ROLLED_BACK:
                rollback = EndedRollback(entry.execution, str(entry.facts["revision"]), entry.at)
                after = replace(after, last_rollback=rollback)
            return replace(after, live_for=live.live_for, live_now=live.in_short) if live else after

        return self._leases.change(target, ended, lambda before: [*items, *_passed_on(before, live)], known)

    def _has(self, key: keys.Key) -> bool:
        return "Item" in self._table.get_item(Key=key, ConsistentRead=True)


def _passed_on(lease: Lease, live: Live | None) -> list[dict[str, Any]]:
    """Return what takes the place of a live record when its target passes to another service or environment.

    Otherwise a rollback of the one before would still find the target, and move its traffic. Whoever has it now
    remembers whose it was, so that their parameters say it too.
    """
    before = lease.live_for
    if live is None or before is None or before == live.live_for:
        return []
    target_id = live.target.id
    return [
        keys.live(before.service, before.environment, target_id) | {"passed_to": asdict(live.live_for)},
        keys.taken(live.service, live.environment, target_id, before) | {"taken_from": asdict(before)},
    ]


def live_in(item: Mapping[str, Any]) -> Live | None:
    """Return what an item of the ledger calls live; None when the target has passed to another service."""
    if "passed_to" in item:
        return None
    return to_record(
        Live,
        item,
        target=to_record(Target, item["target"]),
        current=live_revision_in(item["current"]),
        lineage=tuple(map(live_revision_in, item["lineage"])),
    )


def _live_item(live: Live) -> dict[str, Any]:
    return keys.live(live.service, live.environment, live.target.id) | to_item(live)


def _history_item(entry: HistoryEntry) -> dict[str, Any]:
    return keys.history(entry) | to_item(entry)


def _quarantine_items(quarantine: Quarantine | None) -> list[dict[str, Any]]:
    """Return a quarantine for those who ask whether a digest is in it, and for the board."""
    if quarantine is None:
        return []
    key = keys.quarantine(quarantine.service, quarantine.digest)
    return [key | to_item(quarantine), to_listed_quarantine_item(quarantine)]
