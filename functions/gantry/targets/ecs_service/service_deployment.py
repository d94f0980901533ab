"""One deployment of a service as ECS describes it: from which task definition to which one, and how far it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from gantry.promotion.errors import AlarmRaisedError, TargetFailedError
from gantry.promotion.gantry_error import GantryError
from gantry.targets.ecs_service.deployment_settings import ROLLING
from gantry.targets.ecs_service.pauses import FENCE, awaiting, has_ours

GOING = frozenset({"PENDING", "IN_PROGRESS"})
RETURNING = frozenset({"STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})
RETURNED = "ROLLBACK_SUCCESSFUL"
BROKEN = frozenset({"ROLLBACK_FAILED", "STOPPED"})
"""It ended, and nobody knows where.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html"""

_EVERYTHING = 100.0
_UP_TO_FENCE = frozenset({"", "RECONCILE_SERVICE", FENCE})
_BEFORE_TRAFFIC = _UP_TO_FENCE | {"SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT"}
"""The stages in which the target has no traffic, whether ECS says so or not.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html"""
_CLEAN_UP = "CLEAN_UP"
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html"""


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """What DescribeServiceDeployments says, with task definitions in place of service revisions."""

    arn: str
    status: str
    source: str | None
    """The task definition it started from, or goes back to; None for a service's first one."""
    target: str
    """The task definition it goes to."""
    weight: float | None
    """The share of the traffic, in per cent, that the target has: 0 where ECS shifts none, None where unknown."""
    stage: str
    pauses: tuple[str, ...]
    """The ids of the pauses that wait for an answer just now."""
    waits_for_us: bool
    """Whether it stops at Gantry's pauses."""
    shifts_traffic: bool
    """Whether it moves traffic between target groups. Otherwise it replaces tasks one by one."""
    updated_at: datetime
    reason: str
    triggered_alarms: tuple[str, ...] = ()
    target_arn: str = ""
    """The service revision that it goes to."""

    @classmethod
    def of(cls, described: Mapping[str, Any], task_definitions: Mapping[str, str]) -> Self:
        """Return what a response describes.

        Args:
            described: one deployment.
            task_definitions: the task definition of each service revision that it names, by the revision's ARN.
        """
        settings = described.get("deploymentConfiguration") or {}
        shifts = settings.get("strategy", ROLLING) != ROLLING
        target = described["targetServiceRevision"]
        alarms = described.get("alarms") or {}
        return cls(
            arn=described["serviceDeploymentArn"],
            status=described["status"],
            source=task_definitions.get(_source_of(described)),
            target=task_definitions[target["arn"]],
            weight=_weight_of(described) if shifts else 0.0,
            stage=described.get("lifecycleStage", ""),
            pauses=tuple(awaiting(described.get("lifecycleHookDetails") or ())),
            waits_for_us=has_ours(settings.get("lifecycleHooks") or ()),
            shifts_traffic=shifts,
            updated_at=described.get("updatedAt") or described["createdAt"],
            reason=described.get("statusReason") or (described.get("rollback") or {}).get("reason", ""),
            triggered_alarms=tuple(alarms.get("triggeredAlarmNames") or ()) if _is_triggered(alarms) else (),
            target_arn=target["arn"],
        )

    def starting_from(self, running: Iterable[str]) -> Self:
        """Return the same one, from what runs beside its target, where ECS does not show the source of one that began.

        Args:
            running: the task definitions that run.
        """
        others = set(running) - {self.target}
        if self.source is not None or not self.is_going or self.weight or len(others) != 1:
            return self
        return replace(self, source=others.pop())

    @property
    def id(self) -> str:
        """What tells it from all others of the service."""
        return self.arn.rpartition("/")[2]

    @property
    def is_in_flight(self) -> bool:
        """Whether it has not ended."""
        return self.is_going or self.is_returning

    @property
    def is_going(self) -> bool:
        """Whether it is on its way to its target."""
        return self.status in GOING

    @property
    def is_returning(self) -> bool:
        """Whether it is on its way back to its source."""
        return self.status in RETURNING

    @property
    def is_broken(self) -> bool:
        """Whether it ended without anybody knowing where."""
        return self.status in BROKEN

    @property
    def has_turned(self) -> bool:
        """Whether it no longer goes, or has not come, to its target."""
        return self.is_returning or self.status == RETURNED or self.is_broken

    @property
    def is_at_fence(self) -> bool:
        """Whether a pause that waits is the one before any new task."""
        return not self.weight and self.stage in _UP_TO_FENCE

    @property
    def has_everything(self) -> bool:
        """Whether its target has all traffic."""
        return self.weight == _EVERYTHING

    @property
    def only_cleans_up(self) -> bool:
        """Whether nothing is left to do but to stop the old tasks. ECS does not go back by itself any more."""
        return self.is_going and self.has_everything and self.stage == _CLEAN_UP

    def failure(self, target_id: str) -> GantryError:
        """Return why its target did not stay, as an error of a decision."""
        told = (
            f"{target_id}: ECS took {self.target} back by itself ({self.status}): {self.reason or 'it gave no reason'}"
        )
        if self.triggered_alarms:
            return AlarmRaisedError(f"{told}; alarms: {', '.join(self.triggered_alarms)}")
        return TargetFailedError(told)


def _weight_of(described: Mapping[str, Any]) -> float | None:
    said = described["targetServiceRevision"].get("requestedProductionTrafficWeight")
    if said is None:
        return 0.0 if described.get("lifecycleStage", "") in _BEFORE_TRAFFIC else None
    return float(said)


def _source_of(described: Mapping[str, Any]) -> str:
    """Return the ARN of the service revision that it goes back to, or that had the most traffic; empty for none."""
    back = (described.get("rollback") or {}).get("serviceRevisionArn")
    sources = described.get("sourceServiceRevisions") or ()
    by_weight = sorted(sources, key=lambda each: each.get("requestedProductionTrafficWeight") or 0)
    return str(back or (by_weight[-1]["arn"] if by_weight else ""))


def _is_triggered(alarms: Mapping[str, Any]) -> bool:
    return alarms.get("status") == "TRIGGERED"
