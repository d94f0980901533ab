"""A service as ECS describes it, and where its traffic goes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from gantry.promotion.traffic import Routing
from gantry.targets.ecs_service.deployment_settings import ROLLING
from gantry.targets.ecs_service.service_deployment import RETURNED, ServiceDeployment
from gantry.targets.ecs_service.stepping import is_in_service_connect
from gantry.targets.ecs_service.target_tags import Grant, TargetTags
from gantry.targets.ecs_service.task_definition import revision_of


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What a service was when it was read."""

    service: Mapping[str, Any] = field(repr=False)
    """What DescribeServices says."""
    asked_for: str
    """The task definition that the service was last told to run, which says nothing about what runs."""
    running: tuple[str, ...]
    """The task definitions of its current service revisions."""
    deployment: ServiceDeployment | None
    """The newest one; None where ECS has kept none."""
    revisions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """What DescribeServiceRevisions says of each revision that the deployment or the service names, by its ARN."""
    grant: Grant | None = None
    """How far ECS was told to go with the canary in flight; with what is live where nothing is."""
    mark: str | None = None
    """What makes tokens old where nothing is in flight."""

    def with_tags(self, keys: TargetTags, tags: Mapping[str, str]) -> Self:
        """Return the same service with the tags of the canary in flight, or of what is live where nothing is."""
        return replace(self, grant=keys.grant(tags), mark=None if self.in_flight else tags.get(keys.moved))

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its `deploymentConfiguration`."""
        found: Mapping[str, Any] = self.service.get("deploymentConfiguration") or {}
        return found

    @property
    def can_shift_traffic(self) -> bool:
        """Whether ECS shifts its traffic: between two target groups, or in Service Connect if the service is set so."""
        balancers = self.service.get("loadBalancers") or ()
        in_connect = self.settings.get("strategy", ROLLING) != ROLLING and is_in_service_connect(self.service)
        return in_connect or any(each.get("advancedConfiguration") for each in balancers)

    @property
    def in_flight(self) -> ServiceDeployment | None:
        """The deployment that has not ended; None when there is none."""
        return self.deployment if self.deployment and self.deployment.is_in_flight else None

    @property
    def live(self) -> str:
        """The task definition that the service is on, with nothing in flight; the old one while one is.

        `taskDefinition` of the service is what was asked for last, and so is trusted last.
        """
        found = self.deployment
        if found and (found.is_in_flight or found.is_broken):
            return found.source or found.target
        if len(set(self.running)) == 1:
            return self.running[0]
        if found:
            return found.source or found.target if found.status == RETURNED else found.target
        return self.asked_for

    def with_task_definition(self, revision: str) -> list[Mapping[str, Any]]:
        """Return what ECS says of the service revisions that have a task definition."""
        return [each for each in self.revisions.values() if revision_of(each["taskDefinition"]) == revision]

    @property
    def live_revision(self) -> Mapping[str, Any] | None:
        """What ECS says of the service revision with the live task definition; None where it keeps none.

        Of several, one that runs counts, and never the one that ECS took back: others may deploy anew what is live.
        """
        returned = self.deployment.target_arn if self.deployment and self.deployment.has_turned else None
        running = {each["arn"] for each in self.service.get("currentServiceRevisions") or ()}

        def rank(revision: Mapping[str, Any]) -> tuple[bool, bool, datetime]:
            arn = revision["serviceRevisionArn"]
            return arn != returned, arn in running, revision["createdAt"]

        return max(self.with_task_definition(self.live), key=rank, default=None)

    @property
    def routing(self) -> Routing:
        """Where the traffic goes, or is on its way to.

        A canary that has started has a weight of 0 before its first step. While tasks are replaced one by one, it has
        that until ECS says that all are. What goes back is on its way to where it came from.
        """
        found = self.deployment
        if found is None or not (found.is_going or found.is_broken):
            return Routing(self.live)
        if found.source in {None, found.target} or (found.is_going and not found.waits_for_us):
            return Routing(found.target)
        if found.is_going and found.has_everything:
            return Routing(found.target)
        return Routing(self.live, {found.target: found.weight or 0.0})

    @property
    def allowed(self) -> float:
        """The greatest share, in per cent, that ECS was told to give the canary in flight; below 0 for none."""
        return self.grant.share if self.grant and self.is_noted else -1.0

    @property
    def is_noted(self) -> bool:
        """Whether Gantry has noted the newest deployment as a rollout of its own."""
        return bool(self.grant and self.deployment and self.grant.deployment == self.deployment.id)

    @property
    def is_ahead(self) -> bool:
        """Whether ECS has taken a step that nobody has told it to take."""
        found = self.in_flight
        if found is None or not found.is_going or not found.waits_for_us:
            return False
        return found.weight is not None and found.weight > max(self.allowed, 0.0)

    @property
    def token(self) -> str:
        """Another one after every change by anybody, but not while ECS goes on with what it was told to do."""
        found = self.deployment
        said = [found.arn, found.has_turned] if found else []
        return sha256(json.dumps([*said, self.asked_for, self.mark]).encode()).hexdigest()
