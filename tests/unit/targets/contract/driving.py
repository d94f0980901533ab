"""The machine's way of asking a kind: again and again while something is pending, and again after a crash."""

from botocore.exceptions import ReadTimeoutError

from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.errors import TargetConflictError, TargetPendingError
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.findings import Prepared
from gantry.targets.kind import Change, TargetKind, Token
from gantry.use_cases.traffic_changes import change_traffic

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


def send(kind: TargetKind, target: Target, wanted: Routing) -> None:
    """Send the traffic elsewhere, and wait until it has arrived."""
    change_traffic(kind, target, lambda _: wanted)
    settle(kind, target, Change(routing=wanted))


def share(kind: TargetKind, stable: str, canary: str, weight: float) -> Routing:
    """Return a routing that gives a canary some of the traffic, or all of it where nothing can be shared."""
    return Routing(stable, {canary: weight}) if kind.capabilities.splits_traffic else Routing(canary)


def read(kind: TargetKind, target: Target) -> tuple[Routing, Token]:
    """Return where the traffic of a target goes that is known to take some."""
    found = kind.routing(target)
    assert found is not None
    return found
