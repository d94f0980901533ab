"""Find the targets whose lease's holder has ended, and leave each with one revision, a free lease and a true ledger.

It may run at any time, twice, and beside itself: every run takes a new fencing number, and the run before writes
nothing more.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gantry.aws.executions import ExecutionEnd
from gantry.observability import logger, metrics
from gantry.promotion.errors import LeaseLostError, RevisionUnusableError
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.target import Target
from gantry.promotion.unfinished import RepairIncompleteError
from gantry.use_cases.approvals.closing import close_questions
from gantry.use_cases.leasing import notify_waiting
from gantry.use_cases.repair.repair_notification import notify_end, notify_stuck
from gantry.use_cases.repair.repaired_target import record_repair, repair_target
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """One execution that ended, one target's id, or neither: then all targets are looked at."""

    announced: ExecutionEnd | None = None
    """The execution's end, as an event announced it."""
    target_id: str | None = None

    @property
    def execution(self) -> str | None:
        """The ARN of the execution that ended."""
        return self.announced.arn if self.announced else None

    def is_about(self, lease: Lease) -> bool:
        """Whether this lease is to be looked at."""
        if self.target_id:
            return lease.target.id == self.target_id
        known = (lease.holder, *lease.waiting, *lease.to_notify)
        return self.execution in {None, *(each.owner for each in known if each)}


@dataclass(frozen=True, slots=True)
class Repairs:
    """The ids of the targets that were brought into a known state."""

    repaired: tuple[str, ...]


def repair_targets(request: RepairRequest, services: Services) -> Repairs:
    """Repair what the request is about, and close the questions that ended deployments have left open.

    Raises:
        RepairIncompleteError: a target could not be repaired, or a question not closed. The next run tries again.
    """
    run = _Run(services, request.announced)
    for lease in filter(request.is_about, list(services.leases.all())):
        with run.going_on_after(lease.target.id):
            run.look_at(lease)
    if request.execution:
        run.dead.setdefault(request.execution, [])
    for execution, left in run.dead.items():
        with run.going_on_after(execution):
            run.repair(execution, left)
    for lease in run.usable:
        with run.going_on_after(lease.target.id):
            notify_waiting(services, lease)
    run.problems += close_questions(request.announced, services)
    metrics.add_metric("Repairs", unit="Count", value=len(run.repaired))
    if run.problems:
        raise RepairIncompleteError("; ".join(run.problems))
    return Repairs(tuple(run.repaired))


@dataclass
class _Run:
    """One run over some of the leases."""

    services: Services
    announced: ExecutionEnd | None
    dead: dict[str, list[tuple[Target, Contender]]] = field(default_factory=dict)
    """The targets whose holder has ended, with the holder, by its execution."""
    usable: list[Lease] = field(default_factory=list)
    """Those that nobody left behind, or not any more."""
    repaired: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def going_on_after(self, what: str) -> Iterator[None]:
        """One target's trouble keeps no other from being repaired."""
        try:
            yield
        except Exception as error:
            logger.exception("not repaired", what=what)
            self.problems.append(f"{what}: {type(error).__name__}: {error}")

    def look_at(self, lease: Lease) -> None:
        """Take those out of the line that have ended, and see whether the holder has."""
        for each in filter(self._has_ended, lease.waiting):
            lease = self._without(each, lease)
        if lease.holder and self._has_ended(lease.holder):
            self.dead.setdefault(lease.holder.owner, []).append((lease.target, lease.holder))
        else:
            self.usable.append(lease)

    def repair(self, execution: str, left: Sequence[tuple[Target, Contender]]) -> None:
        """Restore the traffic, then notify people, then give the leases back: so that nothing ends unreported.

        An execution without a lease is reported too.
        """
        end = self.services.executions.end_of(execution, self.announced)
        if end is None:
            return
        repaired, stuck = [], dict[str, str]()
        for target, holder in left:
            with self.going_on_after(target.id), suppress(LeaseLostError):  # another run has it
                try:
                    repaired.append(repair_target(target, holder, end, self.services))
                except RevisionUnusableError as error:  # only people can fix it, and they are told once
                    stuck[target.id] = str(error)
        held = [self.services.leases.get(target).holder for target, _ in left]
        is_held = any(holder and holder.owner == execution for holder in held)
        notify_end(end, repaired, self.services, holds_leases=is_held)
        notify_stuck(end, stuck, self.services)
        for each in repaired:
            with self.going_on_after(each.target.id), suppress(LeaseLostError):
                self.usable.append(record_repair(each, self.services))
                self.repaired.append(each.target.id)

    def _without(self, contender: Contender, lease: Lease) -> Lease:
        others = self.services.leases.change(lease.target, lambda now: now.without_waiting(contender.owner))
        logger.info("no longer waiting", target=lease.target.id, execution=contender.owner)
        return others

    def _has_ended(self, contender: Contender) -> bool:
        end = self.services.executions.end_of(contender.owner, self.announced)
        return end is not None and end.is_certain(contender.since, datetime.now(UTC))
