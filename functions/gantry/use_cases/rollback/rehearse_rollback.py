"""The reading part of a rollback, with the rights of the function that would do it. Nothing is changed."""

from dataclasses import dataclass

from gantry.promotion.errors import NoPreviousRevisionError
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live
from gantry.promotion.rehearsal import RehearsedTarget
from gantry.promotion.rollback_request import RollbackRequest
from gantry.targets.readiness import Readiness
from gantry.use_cases.rollback.choosing import ChosenRevision, Wish, choose
from gantry.use_cases.rollback.found_targets import FoundTarget, found_routing
from gantry.use_cases.services import Services
from gantry.use_cases.side_by_side import side_by_side


@dataclass(frozen=True, slots=True)
class RehearsalRequest:
    """One environment of one service."""

    service: str
    environment: str


@dataclass(frozen=True, slots=True)
class RehearsedRollback:
    """What a rollback would find on each target."""

    targets: tuple[RehearsedTarget, ...]


def rehearse_rollback(request: RehearsalRequest, seconds: float, services: Services) -> RehearsedRollback:
    """Look at all targets as a rollback to the revision before would: access, alias, revision, artifact, rights."""
    lives = services.ledger.live(request.service, request.environment)
    looked = side_by_side(lives, lambda live, _: _look(live, services), within=seconds)
    failed = (RehearsedTarget(name, None, f"{type(error).__name__}: {error}") for name, error in looked.errors)
    return RehearsedRollback((*looked.done, *failed))


def _look(live: Live, services: Services) -> RehearsedTarget:
    kind = services.kinds.of(live.target)
    routing = found_routing(kind, live.target)
    if routing is None:
        return RehearsedTarget(live.target_id, None, "it takes no traffic any more: the alias is gone. Create it")
    as_found = FoundTarget(live, None, str(routing), Lease(live.target), None)
    try:
        chosen = choose(as_found, Wish(RollbackRequest(), live.current.release), services)
    except NoPreviousRevisionError:  # a first release: there is nothing that could fail
        return RehearsedTarget(live.target_id, None, None)
    kind.rehearse(live.target, chosen.revision.revision)
    return RehearsedTarget(live.target_id, chosen.revision.revision, _problem(live, chosen, services))


def _problem(live: Live, chosen: ChosenRevision, services: Services) -> str | None:
    """A revision that sleeps is none, if it may be woken."""
    problems = [*chosen.skipped]
    if chosen.readiness is Readiness.ASLEEP and not services.kinds.of(live.target).may_wake(live.target):
        problems.append(f"{chosen.revision} sleeps, and the manifest has wake: false. Allow it, or use the version")
    if not problems:
        return None
    return f"{'; '.join(problems)}. A rollback would restore {chosen.revision}. To go back less far, fix the others"
