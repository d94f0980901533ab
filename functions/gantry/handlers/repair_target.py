"""RepairTarget: brings targets whose holder is over into a known state: one version, a free lease, a true ledger.

Invoked by EventBridge when an execution of the deployment or the rollback machine ends badly; by a schedule over all
targets, because events are best effort; and by whoever waits for a lease that is left behind. It may run at any time,
twice, and beside itself: every run takes the lease's fencing number with it, and the run before writes nothing more.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field

from gantry.aws.executions import Executions
from gantry.aws.leases import Leases
from gantry.handlers.leasing import call_next
from gantry.handlers.observability import logger, metrics
from gantry.handlers.repair_notice import tell_end
from gantry.handlers.requests import LambdaContext
from gantry.handlers.rescue import rescue
from gantry.promotion.errors import LeaseLostError, RepairIncompleteError
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.target import Target
from gantry.promotion.timestamps import moment

_FORGOTTEN_AFTER = timedelta(days=30)
"""Less than the 90 days for which Step Functions knows an execution that has ended."""
_LOOK_AGAIN_AFTER = (0, 1, 2, 4)
"""Seconds. https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html: the answer is
eventually consistent."""


class Detail(BaseModel):
    """The part of an event's detail that matters here; a scheduled event has an empty one.

    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """

    execution: str | None = Field(default=None, alias="executionArn")


class RepairRequest(BaseModel):
    """An event of an execution that ended, a scheduled one, or the id of one `target`."""

    detail: Detail = Field(default_factory=Detail)
    target: str | None = None

    @property
    def execution(self) -> str | None:
        """The execution that ended."""
        return self.detail.execution

    def is_about(self, lease: Lease) -> bool:
        """Whether this lease is to be looked at."""
        if self.target:
            return lease.target.id == self.target
        return self.execution in {None, *(each.owner for each in (lease.holder, *lease.waiting, *lease.called) if each)}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the `repaired` targets.

    Raises:
        RepairIncompleteError: a target could not be repaired. Its lease stays as it is, for the next run.
            Or the execution goes on: Step Functions is not always up to date, and somebody may have redriven it.
    """
    request = RepairRequest.model_validate(event)
    if request.execution:
        _wait_for_the_end(request.execution)
    run = _Run()
    for lease in filter(request.is_about, list(Leases.from_env().all())):
        with run.going_on_after(lease.target.id):
            run.look_at(lease)
    if request.execution:
        run.dead.setdefault(request.execution, [])
    for execution, left in run.dead.items():
        with run.going_on_after(execution):
            run.repair(execution, left)
    for lease in run.usable:
        with run.going_on_after(lease.target.id):
            call_next(lease, Leases.from_env(), Executions.from_env())
    metrics.add_metric("Repairs", unit="Count", value=len(run.repaired))
    if run.problems:
        raise RepairIncompleteError("; ".join(run.problems))
    return {"repaired": run.repaired}


@dataclass
class _Run:
    """One run over some of the leases."""

    dead: dict[str, list[tuple[Target, Contender]]] = field(default_factory=dict)
    """The targets whose holder is over, with the holder, by its execution."""
    usable: list[Lease] = field(default_factory=list)
    """Those that nobody left behind, or not any more."""
    repaired: list[str] = field(default_factory=list)
    """The targets that were brought into a known state."""
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def going_on_after(self, what: str) -> Iterator[None]:
        """One target's trouble does not keep the others from being repaired."""
        try:
            yield
        except Exception as error:
            logger.exception("not repaired", what=what)
            self.problems.append(f"{what}: {type(error).__name__}: {error}")

    def look_at(self, lease: Lease) -> None:
        """Take out of the line who is over, and see whether the holder is."""
        for each in filter(_is_over, lease.waiting):
            lease = _without(each, lease)
        if lease.holder and _is_over(lease.holder):
            self.dead.setdefault(lease.holder.owner, []).append((lease.target, lease.holder))
        else:
            self.usable.append(lease)

    def repair(self, execution: str, left: Sequence[tuple[Target, Contender]]) -> None:
        """Bring the aliases home, then tell people, then give the leases back: so that nobody is never told.

        An execution without a lease is told of too.
        """
        ended = Executions.from_env().ended(execution)
        if ended is None:
            return
        rescued = []
        for target, holder in left:
            with self.going_on_after(target.id), suppress(LeaseLostError):  # another run has it
                rescued.append(rescue(target, holder, ended))
        held = (Leases.from_env().get(target).holder for target, _ in left)
        tell_end(ended, rescued, holds_leases=any(holder and holder.owner == execution for holder in held))
        for each in rescued:
            with self.going_on_after(each.target.id), suppress(LeaseLostError):
                self.usable.append(each.record())
                self.repaired.append(each.target.id)


def _without(contender: Contender, lease: Lease) -> Lease:
    others = Leases.from_env().change(lease.target, lambda now: now.without_waiting(contender.owner))
    logger.info("no longer waiting", target=lease.target.id, execution=contender.owner)
    return others


def _is_over(contender: Contender) -> bool:
    """Whether its execution has ended. One that is new may not be known yet, though Step Functions forgets old ones."""
    ended = Executions.from_env().ended(contender.owner)
    if ended is None:
        return False
    age = datetime.now(UTC) - moment(contender.since)
    return ended.status != "FORGOTTEN" or age > _FORGOTTEN_AFTER


def _wait_for_the_end(execution: str) -> None:
    """Step Functions may tell of an end before it knows of it when it is asked."""
    for seconds in _LOOK_AGAIN_AFTER:
        time.sleep(seconds)
        if Executions.from_env().ended(execution):
            return
    raise RepairIncompleteError(f"{execution} goes on, as Step Functions says: it is looked at again later")
