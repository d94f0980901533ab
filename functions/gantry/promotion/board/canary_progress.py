"""How far a running canary is, as the ledger keeps it between two looks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CanarySeen:
    """What the judge last saw of a canary. Counts are of the whole rollout, or since it has had all traffic."""

    at: str
    """When it looked. ISO 8601, UTC, like all moments here."""
    verdict: str
    """`healthy`, `unhealthy` or `inconclusive`."""
    reasons: tuple[str, ...]
    """Each a sentence for people."""
    canary_requests: float | None = None
    """None is unknown, never zero; so it is with all counts."""
    canary_failed: float | None = None
    stable_requests: float | None = None
    stable_failed: float | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Somebody holds a canary where it is."""

    by: str
    """Who, as IAM knows them: the caller's ARN."""
    at: str
    reason: str | None
    until: str
    """When its time ends, whoever has not resumed it by then."""


@dataclass(frozen=True, slots=True)
class CanaryProgress:
    """One canary that has traffic, or is about to get some."""

    service: str
    environment: str
    target_id: str
    execution: str
    """The ARN of the deployment's execution. If it does not hold the target's lease any more, this is of the past."""
    stable: str | None
    """The stable revision; None on a first deployment."""
    canary: str
    """The new revision."""
    step: int
    """From 1 on; one more than `steps`, once the canary has all traffic."""
    steps: int
    weight: int
    """The canary's share of the traffic, in per cent."""
    waits_for: str
    """`bake`, `traffic` (the service is moving it) or `people` (they are asked)."""
    shifted_at: str
    """When the traffic had arrived; while the service is moving it, when that began."""
    bake_until: str
    """When the step's own bake ends. A verdict may take longer."""
    ends_at: str
    """When the time of the rollout ends: by then there is a verdict, or what the manifest says without one."""
    alarms: tuple[str, ...] = ()
    """The names of the alarms that end it."""
    seen: CanarySeen | None = None
    """None before the first look."""
    paused: Pause | None = None
    rollout_since: str | None = None
    """When the rollout began. None from an older version of Gantry."""
    later_bake_seconds: int = 0
    """How long the bakes of the steps after this one are, together."""
    pause_ends_at: str | None = None
    """When a pause of this step would end, whoever has not resumed it by then. None from an older version of Gantry."""
    wishes: int = 0
    """How often people have steered it so far, as far as its deployment has heard of it."""
