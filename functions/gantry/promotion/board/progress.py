"""How far a deployment's canary is, as the states know it that wait with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gantry.promotion.board.canary_progress import CanaryProgress, CanarySeen, Pause
from gantry.promotion.deployment import Deployment
from gantry.promotion.judge.looks import longest_watch_seconds, watch_seconds
from gantry.promotion.timestamps import iso, moment
from gantry.promotion.traffic import Rollout, bake_seconds


@dataclass(frozen=True, slots=True)
class LastLook:
    """What the judge said at its last look, as the machine carries it."""

    at: str
    """ISO 8601, UTC."""
    verdict: str
    reasons: tuple[str, ...]
    evidence: Mapping[str, Any]
    """The numbers, as the history keeps them."""
    paused: Pause | None = None
    """Who held it then."""

    @property
    def as_seen(self) -> CanarySeen:
        """Return what people see of it."""
        compared = self.evidence.get("failed") or {}
        counts = [compared.get(which, {}).get(name) for which in ("canary", "stable") for name in ("requests", "bad")]
        return CanarySeen(iso(moment(self.at)), self.verdict, self.reasons, *counts)


@dataclass(frozen=True, slots=True)
class CanaryWait:
    """A canary that a state waits with."""

    deployment: Deployment
    execution: str
    """The ARN of the deployment's execution."""
    rollout: Rollout
    index: int
    """The step; one past the last one once the canary has all traffic, or is to get it."""
    waits_for: str
    """`bake`, `traffic` or `people`."""
    since: datetime
    """When the traffic had arrived; while it moves, when that began."""
    rollout_since: datetime
    last_look: LastLook | None = None
    is_held: bool = False
    """Whether it has the first step's weight meanwhile."""
    wishes: int = 0
    """How often people have steered it."""


def progress(wait: CanaryWait) -> CanaryProgress:
    """Return what people see of a canary while a state waits with it."""
    deployment, plan = wait.deployment, wait.rollout.plan
    is_last = wait.index >= len(plan)
    bake = deployment.judge.bake_after_seconds if is_last else plan[wait.index].bake_seconds
    end = wait.rollout_since + timedelta(seconds=watch_seconds(plan, deployment.judge))
    bake_until, later = wait.since + timedelta(seconds=bake), bake_seconds(plan[wait.index + 1 :])
    pausable = longest_watch_seconds(plan, deployment.judge) - later
    return CanaryProgress(
        service=deployment.release.service,
        environment=deployment.environment,
        target_id=deployment.target.id,
        execution=wait.execution,
        stable=wait.rollout.stable if wait.rollout.stable != wait.rollout.canary else None,
        canary=wait.rollout.canary,
        step=wait.index + 1,
        steps=len(plan),
        weight=wait.rollout.weight_at(0 if wait.is_held else wait.index),
        waits_for=wait.waits_for,
        shifted_at=iso(wait.since),
        bake_until=iso(bake_until),
        ends_at=iso(max(end, bake_until)),
        alarms=deployment.alarms,
        seen=wait.last_look.as_seen if wait.last_look else None,
        paused=wait.last_look.paused if wait.last_look else None,
        rollout_since=iso(wait.rollout_since),
        later_bake_seconds=later,
        pause_ends_at=iso(max(wait.rollout_since + timedelta(seconds=pausable), bake_until)),
        wishes=wait.wishes,
    )
