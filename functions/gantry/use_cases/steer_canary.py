"""Do what somebody wants of the canaries of an environment: pause, resume, advance or abort them.

A wish is kept together with its place in the history. Then whatever waits with the canary is ended, so that the wish is
honoured at once. Where nothing waits at that moment, the next wait finds the wish and does not begin.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.errors import NotificationError
from gantry.promotion.lease import Lease
from gantry.promotion.messages import steered_message
from gantry.promotion.policy.floor import least_bake
from gantry.promotion.steering import Action, Asked, LeastBake, SteerableCanary, Wish
from gantry.promotion.steering_events import SteeredDeployment, canary_steered
from gantry.targets.registry import capabilities_of
from gantry.use_cases.policy import current_policy
from gantry.use_cases.publishing import publish_best_effort
from gantry.use_cases.services import Services
from gantry.use_cases.steering_request import SteeringRequest, entry_of, wish_of


class NoCanaryError(Exception):
    """No canary runs there; the message says what to look at."""


@dataclass(frozen=True, slots=True)
class SteeredCanary:
    """What came of it for one canary."""

    target: str
    execution: str
    canary: str | None
    """The new revision; None where it has no traffic yet."""
    step: int | None
    """The step that it is at, from 1 on; None where it has no traffic yet."""
    wish: int | None
    """The number of the wish; None where it is refused."""
    refused: str | None = None
    """Why, and what can be done."""
    honoured: bool = False
    """Whether something waited with the canary and was ended for it. If not, what waits next finds the wish."""


@dataclass(frozen=True, slots=True)
class _Running:
    """A canary whose deployment holds its target."""

    lease: Lease
    progress: CanaryProgress


def steer_canary(request: SteeringRequest, services: Services) -> tuple[SteeredCanary, ...]:
    """Do it to each running canary of the environment, and return what came of it.

    Doing the same again changes nothing. People are told when everything is done: somebody waits for that.

    Raises:
        NoCanaryError: none runs there.
        PolicyError: a canary is to be advanced, and the policy file is wrong.
    """
    held = _held(request, services)
    running = list(_running(request, held, services))
    ids = {each.progress.target_id for each in running}
    without = [_without_canary(request, lease) for target_id, lease in held.items() if target_id not in ids]
    if not (running or without):
        where = f"{request.service} in {request.environment}"
        if request.target_id:
            where += f" on {request.target_id}"
        raise NoCanaryError(f"No canary of {where} runs. gantry status shows what does.")
    steered = [_steered(request, each, services) for each in running]
    for known, (done, wish) in zip(running, steered, strict=True):
        if wish:
            _tell(request, wish, known, services, is_honoured=done.honoured)
    return (*(done for done, _ in steered), *without)


def _held(request: SteeringRequest, services: Services) -> dict[str, Lease]:
    """Return the leases that deployments to the environment hold, by their targets' ids."""
    return {
        each.target.id: each
        for each in services.board_reading.leases()
        if each.holder
        and each.holder.release
        and (each.holder.service, each.holder.environment) == (request.service, request.environment)
        and request.target_id in {None, each.target.id}
    }


def _running(request: SteeringRequest, held: Mapping[str, Lease], services: Services) -> Iterator[_Running]:
    """Return the canaries whose deployment still holds its target."""
    for progress in services.board_reading.canaries(request.service, request.environment):
        lease = held.get(progress.target_id)
        if lease and lease.holder and lease.holder.owner == progress.execution:
            yield _Running(lease, progress)


def _without_canary(request: SteeringRequest, lease: Lease) -> SteeredCanary:
    execution = lease.holder.owner if lease.holder else ""
    back = f"gantry rollback {request.service} {request.environment}"
    refused = f"It has no canary yet. Try again when it has; {back} stops its deployment."
    return SteeredCanary(lease.target.id, execution, None, None, None, refused)


def _steered(request: SteeringRequest, known: _Running, services: Services) -> tuple[SteeredCanary, Wish | None]:
    """Return what came of it, with the wish if it is a new one."""
    progress, least = known.progress, _least_bake(request, known.lease, services)
    shifts_itself = capabilities_of(known.lease.target).shifts_itself
    while True:
        newest = services.steerings.of(progress.target_id, progress.execution)
        canary = SteerableCanary(progress, newest, shifts_itself)
        if refused := canary.why_refused(Asked(request.action, request.step), least, request.at):
            return SteeredCanary(
                progress.target_id, progress.execution, progress.canary, progress.step, None, refused
            ), None
        if newest and canary.wants_already(request.action):
            return _honoured(newest, progress, services, has_heard=canary.has_heard(newest)), None
        wish = wish_of(request, progress, newest)
        if services.steerings.make(progress.target_id, wish, entry_of(request, wish, progress)):
            return _honoured(wish, progress, services), wish


def _least_bake(request: SteeringRequest, lease: Lease, services: Services) -> LeastBake:
    """Return what the policy file asks for, where it matters: in an emergency nothing reads it."""
    if request.action is not Action.ADVANCE:
        return LeastBake()
    return least_bake(current_policy(services), request.service, request.environment, lease.target.account)


def _honoured(wish: Wish, progress: CanaryProgress, services: Services, *, has_heard: bool = False) -> SteeredCanary:
    """End what waits with the canary, so that the wish is honoured at once.

    Once its deployment has heard of it, nothing is ended again. While its service moves the traffic, only an abort ends
    the waiting for that.
    """
    target_id, is_ended = progress.target_id, has_heard
    if not has_heard and (wish.action is Action.ABORT or progress.waits_for == "bake"):
        is_ended = _end_wait(wish, target_id, services)
    logger.info("canary steered", target=target_id, action=wish.action, by=wish.by, is_honoured=is_ended)
    return SteeredCanary(target_id, wish.execution, progress.canary, progress.step, wish.number, honoured=is_ended)


def _end_wait(wish: Wish, target_id: str, services: Services) -> bool:
    token = services.steerings.waiting(target_id, wish.execution)
    if token is None:
        return False
    if wish.action is Action.ABORT:
        return services.executions.fail(token, "CanaryAbortedError", wish.cause)
    return services.executions.succeed(token, {"wishes": wish.number})


def _tell(request: SteeringRequest, wish: Wish, known: _Running, services: Services, *, is_honoured: bool) -> None:
    """Tell automation and people. What is done stays done if that fails."""
    lease = known.lease
    release = lease.holder.release if lease.holder else None
    if release is None:
        return
    steered = SteeredDeployment(release, request.environment, lease.target, known.progress, is_honoured)
    publish_best_effort(services, canary_steered(wish, steered))
    try:
        services.topic.publish(steered_message(wish, steered))
    except NotificationError:
        logger.exception("message about a steered canary not published", target=lease.target.id)
