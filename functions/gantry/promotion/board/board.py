"""The board: services by environments, with what is live, what moves, what waits for whom, what is quarantined."""

from dataclasses import dataclass

from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.board.listed_service import LastEnd
from gantry.promotion.drift.record import DriftFinding
from gantry.promotion.live_now import LiveNow
from gantry.promotion.needs.waiting import WaitingRelease
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.release import Release
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.target import Target


@dataclass(frozen=True, slots=True)
class Moving:
    """An execution that holds a target's lease."""

    execution: str
    """Its ARN."""
    since: str
    """When it asked for the target. ISO 8601, UTC."""
    release: Release | None
    """What it deploys; None for a rollback."""
    progress: CanaryProgress | None = None
    """None before the first traffic, and for a rollback."""


@dataclass(frozen=True, slots=True)
class TargetOnBoard:
    """One target of an environment."""

    target: Target
    live: LiveNow | None
    """None where Gantry has not released anything for this service and environment."""
    moving: Moving | None = None
    waiting: tuple[Release, ...] = ()
    """What waits for the target, oldest first."""
    is_left_behind: bool = False
    """Whether the manifest of the last promotion does not have it any more."""
    drift: DriftFinding | None = None
    """What the last daily check found there; None when it was in sync, or was changed since."""


@dataclass(frozen=True, slots=True)
class EnvironmentOnBoard:
    """One environment of a service."""

    name: str
    targets: tuple[TargetOnBoard, ...]
    """Those of the manifest in its order, then those that it does not have any more."""
    approvals: tuple[ListedApproval, ...] = ()
    """The open questions about it, oldest first, also those about a canary."""
    needing: WaitingRelease | None = None
    """The newest release that waits there for its infrastructure."""


@dataclass(frozen=True, slots=True)
class ServiceOnBoard:
    """One service."""

    service: str
    environments: tuple[EnvironmentOnBoard, ...]
    """In the manifest's order."""
    promotions: tuple[RunningPromotion, ...] = ()
    """Those that run, oldest first."""
    quarantined: tuple[Quarantine, ...] = ()
    """The digests in quarantine, newest first."""
    last_end: LastEnd | None = None
    """None when no promotion has ended since Gantry keeps it."""
    drift: tuple[DriftFinding, ...] = ()
    """What the last daily check found in Git and of the manifest in the bucket; of targets, see there."""


@dataclass(frozen=True, slots=True)
class Board:
    """Everything at one moment, more or less: its parts are read one after the other."""

    at: str
    """When it was read. ISO 8601, UTC."""
    services: tuple[ServiceOnBoard, ...]
    """By name."""
