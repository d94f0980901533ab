"""What `gantry status` says."""

from dataclasses import dataclass
from typing import Literal

from gantry.promotion.board.advice import SUPERSEDED
from gantry.promotion.board.board import Board, EnvironmentOnBoard, Moving, ServiceOnBoard, TargetOnBoard
from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.board.listed_service import LastEnd
from gantry.promotion.board.release_links import ReleaseLinks
from gantry.promotion.drift.record import DriftFinding
from gantry.promotion.drift.states import DriftState
from gantry.promotion.live_now import LiveNow
from gantry.promotion.needs.waiting import WaitingRelease

State = Literal["healthy", "in_flight", "waits_for_people", "failed", "rolled_back", "out_of_sync", "unknown"]


@dataclass(frozen=True, slots=True)
class InFlight:
    """A release that is on its way to a target, or a rollback."""

    execution: str
    """The ARN of its execution."""
    since: str
    """ISO 8601, UTC, like all moments here."""
    tag: str | None
    digest: str | None
    """None for a rollback; so is the tag."""
    canary: CanaryProgress | None
    """How far it is; None before the first traffic, and for a rollback."""
    links: ReleaseLinks
    """With what it changes of what is live there."""
    configuration_only: bool = False
    """Whether the artifact stays that is live there."""


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """One target."""

    id: str
    kind: str
    version: str | None
    """None where nothing is live that Gantry has released; so are the three after it."""
    tag: str | None
    digest: str | None
    since: str | None
    in_flight: InFlight | None
    waiting: tuple[str, ...]
    """The tags, or else the digests, of the releases that wait for the target."""
    is_left_behind: bool
    """Whether the service's manifest does not have it any more."""
    links: ReleaseLinks
    """Of what is live."""
    drift: DriftFinding | None
    """What the last daily check found there; null when it was in sync, or was changed since."""


@dataclass(frozen=True, slots=True)
class EnvironmentStatus:
    """One environment."""

    name: str
    targets: tuple[TargetStatus, ...]
    approvals: tuple[ListedApproval, ...]
    needing: WaitingRelease | None
    """The release that waits there for its infrastructure."""


@dataclass(frozen=True, slots=True)
class RunningPromotionStatus:
    """A promotion that runs."""

    execution: str
    tag: str | None
    digest: str
    since: str
    environments: tuple[str, ...]
    links: ReleaseLinks


@dataclass(frozen=True, slots=True)
class QuarantineStatus:
    """A digest that automation does not promote."""

    digest: str
    tag: str | None
    since: str
    reason: str


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service."""

    service: str
    state: State
    environments: tuple[EnvironmentStatus, ...]
    promotions: tuple[RunningPromotionStatus, ...]
    quarantined: tuple[QuarantineStatus, ...]
    """Those of the last 90 days, newest first."""
    last_end: LastEnd | None
    drift: tuple[DriftFinding, ...]
    """What the last daily check found in Git and of the manifest in the bucket; that of targets is there."""


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that is live, and what moves."""

    at: str
    services: tuple[ServiceStatus, ...]


def status_of(board: Board) -> Status:
    """Return the status of everything on a board."""
    return Status(board.at, tuple(_service(each) for each in board.services))


def state_of(service: ServiceOnBoard) -> State:
    """Return how a service is, in one word. What people have to do comes first, then what moves."""
    if any(each.approvals for each in service.environments):
        return "waits_for_people"
    if service.promotions or any(target.moving for each in service.environments for target in each.targets):
        return "in_flight"
    end = service.last_end
    if end and end.digest in {each.digest for each in service.quarantined}:
        return "rolled_back"
    if end and end.error and end.error not in SUPERSEDED:
        return "failed"
    astray = {target.drift.state for each in service.environments for target in each.targets if target.drift}
    astray |= {each.state for each in service.drift}
    if DriftState.OUT_OF_SYNC in astray:
        return "out_of_sync"
    return "unknown" if astray else "healthy"


def _service(service: ServiceOnBoard) -> ServiceStatus:
    return ServiceStatus(
        service.service,
        state_of(service),
        tuple(_environment(each) for each in service.environments),
        tuple(
            RunningPromotionStatus(
                each.execution,
                each.release.tag,
                each.release.digest,
                each.since,
                tuple(each.environments),
                ReleaseLinks.of(each.release.source, execution=each.execution),
            )
            for each in service.promotions
        ),
        tuple(QuarantineStatus(each.digest, each.tag, each.since, each.reason) for each in service.quarantined),
        service.last_end,
        service.drift,
    )


def _environment(environment: EnvironmentOnBoard) -> EnvironmentStatus:
    return EnvironmentStatus(
        environment.name,
        tuple(_target(each) for each in environment.targets),
        environment.approvals,
        environment.needing,
    )


def _target(on_board: TargetOnBoard) -> TargetStatus:
    live = on_board.live
    return TargetStatus(
        on_board.target.id,
        on_board.target.kind,
        live.revision if live else None,
        live.tag if live else None,
        live.digest if live else None,
        live.since if live else None,
        _in_flight(on_board.moving, live) if on_board.moving else None,
        tuple(each.tag or each.digest for each in on_board.waiting),
        on_board.is_left_behind,
        ReleaseLinks.of(live.source if live else None),
        on_board.drift,
    )


def _in_flight(moving: Moving, live: LiveNow | None) -> InFlight:
    release = moving.release
    tag, digest = (release.tag, release.digest) if release else (None, None)
    before = live.source if live else None
    links = ReleaseLinks.of(release.source if release else None, before, moving.execution)
    is_alone = release is not None and release.is_configuration_only
    return InFlight(moving.execution, moving.since, tag, digest, moving.progress, links, is_alone)
