"""The machine's way of asking a kind: again and again while something is pending, and again after a crash."""

from collections.abc import Callable
from dataclasses import replace

from botocore.exceptions import ReadTimeoutError

from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.errors import TargetConflictError, TargetPendingError
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing, Step
from gantry.targets.findings import Prepared
from gantry.targets.kind import Change, TargetKind, Token
from gantry.use_cases.traffic_changes import change_traffic
from tests.unit.targets.contract.harness import Harness

Decide = Callable[[Routing], Routing | None]

_MANY = 30


def prepare(
    kind: TargetKind, deployment: Deployment, stable: StableRevision | None, crashes: list[Exception] | None = None
) -> Prepared:
    """Ask until the revision is prepared, as the definition's Retry does; note every crash on the way."""
    for attempt in range(_MANY):
        try:
            return kind.prepare(deployment, stable, lambda: None, is_retry=attempt > 0)
        except (TargetPendingError, TargetConflictError):
            continue
        except ReadTimeoutError as crash:
            if crashes is None:
                raise
            crashes.append(crash)
    raise AssertionError(f"nothing was prepared in {_MANY} attempts")


def settle(kind: TargetKind, target: Target, change: Change) -> int:
    """Look until a change is finished; return how many looks found it unfinished."""
    for looks in range(_MANY):
        if kind.is_settled(target, change):
            return looks
    raise AssertionError(f"{change} is not finished after {_MANY} looks")


def make_ready(kind: TargetKind, deployment: Deployment, stable: StableRevision | None) -> str:
    """Prepare a revision and wait until it can take traffic."""
    revision = prepare(kind, deployment, stable).revision
    settle(kind, deployment.target, Change(revision=revision))
    return revision


def send(harness: Harness, wanted: Routing) -> None:
    """Give a canary its share, or all traffic, as the states of a rollout do: until it has arrived."""
    _reach(harness, wanted, deployment_to(harness, wanted), writes=True)


def send_back(harness: Harness, revision: str) -> None:
    """Send all traffic to a revision, as a rollback does: until it has arrived."""
    _reach(harness, Routing(revision), None, writes=True)


def route(harness: Harness, wanted: Routing, token: Token | None) -> None:
    """Write once, for a rollout."""
    harness.kind.route(harness.target, wanted, token, deployment=deployment_to(harness, wanted))


def write(harness: Harness, wanted: Routing, token: Token) -> None:
    """Write once, and go on where a routing takes a service more than one write."""
    route(harness, wanted, token)
    if "one write" in harness.lacks:
        _reach(harness, wanted, deployment_to(harness, wanted), writes=False)


def deployment_to(harness: Harness, wanted: Routing) -> Deployment:
    """Return a deployment of which a routing is a step: its only one, where no step of the plan is like it."""
    weights = {int(each) for each in wanted.weights.values()}
    known = {step.weight for step in harness.plan}
    plan = harness.plan if weights and weights <= known else tuple(Step(each, 60) for each in weights)
    return replace(harness.deployment(), plan=plan)


def share(harness: Harness, stable: str, canary: str, step: int = 0) -> Routing:
    """Return a routing that gives a canary a step's share, or all traffic where nothing can be shared."""
    if not harness.kind.capabilities.splits_traffic:
        return Routing(canary)
    return Routing(stable, {canary: float(harness.plan[step].weight)})


def take(harness: Harness, decide: Decide, deployment: Deployment | None, wanted: Routing) -> None:
    """Ask the same state again and again, until the traffic has arrived. It is asked once a minute at most."""
    for _ in range(_MANY):
        change_traffic(harness.kind, harness.target, decide, deployment=deployment)
        if harness.kind.is_settled(harness.target, Change(routing=wanted)):
            return
    raise AssertionError(f"{wanted} is not reached after {_MANY} looks")


def _reach(harness: Harness, wanted: Routing, deployment: Deployment | None, *, writes: bool) -> None:
    is_first = iter([writes])
    take(harness, lambda current: wanted if next(is_first, False) or current != wanted else None, deployment, wanted)


def read(kind: TargetKind, target: Target) -> tuple[Routing, Token]:
    """Return where the traffic of a target goes that is known to take some."""
    found = kind.routing(target)
    assert found is not None
    return found
