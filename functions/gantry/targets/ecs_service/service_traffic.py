"""Moving a service's traffic: the next thing to be done on the way to where it should go."""

from collections.abc import Callable
from datetime import datetime

from gantry.observability import logger
from gantry.promotion.deployment import Deployment
from gantry.promotion.errors import (
    IncompatibleTargetError,
    TargetChangedError,
    TargetConflictError,
    TargetFailedError,
    TargetNotFoundError,
    TargetSlowError,
)
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.traffic import Routing
from gantry.targets.ecs_service.arrival import canary_of, has_arrived, require_kept
from gantry.targets.ecs_service.deployment_settings import hooks_of_others, return_settings, rollout_settings
from gantry.targets.ecs_service.prerequisites import foreign_pauses, require_none
from gantry.targets.ecs_service.replacement import foreign, is_moving, may_be_replaced
from gantry.targets.ecs_service.service import EcsService
from gantry.targets.ecs_service.service_deployment import ServiceDeployment
from gantry.targets.ecs_service.service_state import ServiceState
from gantry.targets.ecs_service.target_tags import Grant

_EVERYTHING = 100.0


class ServiceTraffic:
    """The traffic of one service. Each call looks once, and changes one thing at most.

    Args:
        service: the service.
        target_id: the target's name for people.
        now: returns what time it is.
    """

    def __init__(self, service: EcsService, target_id: str, now: Callable[[], datetime]) -> None:
        self._service = service
        self._target_id = target_id
        self._now = now

    def route(self, wanted: Routing, expected: str, deployment: Deployment | None) -> None:
        """Do the next thing on the way to a routing.

        Raises:
            TargetChangedError: somebody else changed the service since it was read, and it does not route as wanted.
            TargetConflictError, TargetSlowError: another deployment of the service comes first.
            TargetFailedError, AlarmRaisedError: ECS has gone back from this canary by itself.
            TargetNotFoundError, RevisionUnusableError: as `EcsService.deploy` does.
        """
        found = self._existing()
        if found.token != expected:
            self._require(wanted, found)
        elif deployment is None:
            self._send(found, wanted.revision)
        else:
            self._go_on(found, wanted, deployment)

    def has_arrived(self, wanted: Routing) -> bool:
        """Look once whether the traffic is where it should be. Once it is whole, our pauses are taken out.

        Raises:
            TargetFailedError, AlarmRaisedError: ECS went back from the canary, or took a step untold.
            TargetChangedError: somebody else's deployment has replaced the rollout.
        """
        found = self._service.state()
        if found is None:
            return False
        arrived = has_arrived(found, wanted, self._now(), self._target_id)
        if arrived and not wanted.weights and not (found.in_flight and found.in_flight.is_going):
            self._tidy(found)
        if not arrived:
            self._require_in_place(found, wanted)
        return arrived

    def finish(self, revision: str) -> bool:
        """Let ECS give up the old tasks, now that a revision has all traffic; return whether it does.

        It needs as long for that as their target group lets requests end, and nobody has to wait.

        Raises:
            TargetFailedError, AlarmRaisedError: ECS went back instead.
        """
        found = self._existing()
        require_kept(found, revision, self._target_id)
        flight = found.in_flight
        if found.routing == Routing(revision) and (flight is None or flight.only_cleans_up):
            self._tidy(found)
            return True
        if flight is None or flight.target != revision:
            message = f"{self._target_id}: it should keep {revision}, but it routes to {found.routing}"
            theirs = found.deployment.arn if found.deployment else "ECS shows no deployment"
            raise TargetFailedError(f"{message}: somebody else changed it: {theirs}")
        if flight.waits_for_us and flight.has_everything:
            self._answer(flight, _EVERYTHING, *flight.pauses)
        return False

    def is_moving(self) -> bool:
        """Whether ECS moves the traffic where others have sent it. Raises as `replacement.is_moving` does."""
        return is_moving(self._existing(), self._target_id)

    def _existing(self) -> ServiceState:
        found = self._service.state()
        if found is None:
            raise TargetNotFoundError(f"{self._target_id}: there is no such service any more")
        return found

    def _require(self, wanted: Routing, found: ServiceState) -> None:
        if found.routing != wanted:
            message = f"{self._target_id}: it should route to {wanted}, but routes to {found.routing}"
            raise TargetChangedError(f"{message}: somebody else changed it")

    def _require_in_place(self, found: ServiceState, wanted: Routing) -> None:
        """Return quietly unless somebody else's deployment has replaced a rollout that had begun."""
        noted = self._service.grant_of(canary_of(wanted)) if may_be_replaced(found, wanted) else None
        if found.deployment and noted and noted.deployment != found.deployment.id:
            raise TargetChangedError(foreign(found.deployment, self._target_id))

    def _go_on(self, found: ServiceState, wanted: Routing, deployment: Deployment) -> None:
        """Begin the rollout of a canary, or let ECS go on as far as wanted. Never begin again what ECS took back."""
        canary, flight = canary_of(wanted), found.in_flight
        require_kept(found, canary, self._target_id)
        if flight is None:
            self._begin(found, canary, deployment)
            return
        if flight.target != canary or not flight.waits_for_us:
            raise TargetConflictError(f"{self._target_id}: another deployment is in progress: {flight.arn}")
        share = wanted.weights.get(canary, _EVERYTHING)
        if (flight.weight or 0.0) < share:
            self._grant(found, flight, 0.0 if flight.is_at_fence else share)

    def _grant(self, found: ServiceState, flight: ServiceDeployment, share: float) -> None:
        """Let ECS take one step. Once it may, only the same pause is answered again: its answer may have been lost.

        Otherwise a weight that ECS shows late would let it take the next step as well.
        """
        if found.grant and found.allowed >= share:
            if found.grant.pause in flight.pauses:
                self._answer(flight, share, found.grant.pause)
        else:
            self._answer(flight, share, *flight.pauses[:1])

    def _begin(self, found: ServiceState, canary: str, deployment: Deployment) -> None:
        if deployment.plan and not found.can_shift_traffic:
            message = f"{self._target_id}: the service has no second target group any more, so it can take no steps"
            raise IncompatibleTargetError(message)
        require_none(self._target_id, foreign_pauses(hooks_of_others(found.settings)))
        settings = rollout_settings(found.settings, deployment, shifts_traffic=found.can_shift_traffic)
        self._service.deploy(canary, settings)
        self._require_undisturbed(found, canary)

    def _require_undisturbed(self, found: ServiceState, canary: str) -> None:
        """Take a rollout back that has begun after somebody else changed the service, or took it over."""
        flight = self._existing().in_flight
        if flight is None or flight.target != canary:
            return
        if flight.source not in {None, found.live} or self._service.mark_of(found.live) != found.mark:
            self._service.stop(flight)
            raise TargetChangedError(f"{self._target_id}: somebody else changed it while this began a rollout")
        self._service.note(canary, Grant(flight.id))

    def _answer(self, flight: ServiceDeployment, share: float, *pauses: str) -> None:
        """Answer pauses that wait. One that waits no more is fine, unless its deployment has turned meanwhile."""
        if not all(self._service.answer(flight, each, share) for each in pauses):
            require_kept(self._existing(), flight.target, self._target_id)

    def _send(self, found: ServiceState, revision: str) -> None:
        """Send all traffic to a revision. ECS takes back what is in flight; where nothing is, a deployment begins."""
        flight = found.in_flight
        if flight is None:
            if found.routing == Routing(revision):
                self._service.mark(revision)
                self._require(Routing(revision), self._existing())
            else:
                self._deploy(found, revision)
        elif flight.is_returning:
            if flight.source != revision:
                raise TargetSlowError(f"{self._target_id}: ECS goes back to {flight.source} first: {flight.arn}")
        elif flight.target == revision:
            if flight.waits_for_us:
                self._answer(flight, _EVERYTHING, *flight.pauses)
        elif flight.source == revision:
            self._service.stop(flight)
        else:
            self._deploy(found, revision)

    def _deploy(self, found: ServiceState, revision: str) -> None:
        """Begin a deployment that waits for nobody, also where ECS was told to run this revision but does not."""
        settings = return_settings(found.settings, shifts_traffic=found.can_shift_traffic)
        self._service.deploy(revision, settings, again=found.asked_for == revision)

    def _tidy(self, found: ServiceState) -> None:
        """Take our pauses out. What hinders that hinders no release: the next rollout replaces them."""
        try:
            self._service.tidy(found)
        except GantryError as error:
            logger.warning("pauses were not taken out", target=self._target_id, reason=str(error))
