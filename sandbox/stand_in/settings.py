"""The settings of one stand-in."""

from dataclasses import dataclass
from pathlib import Path

UNHURRIED_ECS_MINUTE = 10
"""Seconds. ECS' shortest time-out, of 15 minutes, outlasts a wait of the deployment machine, whose minutes are real.
And what ECS does takes as long as a cold start, so that its event seldom comes before somebody waits for it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a stand-in limits only if it is told to, or otherwise than AWS."""

    lambda_rate: float | None = None
    """How many calls a second Lambda's control plane answers: 15 on AWS; None is any number."""
    invocations: int = 8
    """How many invocations run at once, each in a busy process. Injected faults may let some of them wait."""
    processes: int = 36
    """How many processes functions have as long as some of them are idle. Each takes about 75 MB."""
    deployment_rate: float | None = None
    """How many calls of CreateDeployment a second API Gateway answers: 0.2 on AWS; None is any number.

    It answers five times as many of PutRestApi.
    """
    canaries_alone: bool = False
    """Whether API Gateway refuses an UpdateStage that removes a canary and does anything else. AWS may or may not."""
    ecs_minute: float | None = None
    """How many seconds a minute of ECS' bakes and time-outs takes; None is a minute by the time scale.

    What it does itself takes an eighth of that.
    """
    forks: bool = True
    """Whether functions' processes are forked from one that has imported boto3. Without, cold starts are AWS' own."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`time_scale` shortens alarm periods, waits and retry intervals: with 0.1 a minute takes six seconds."""

    port: int
    folder: Path
    time_scale: float = 1.0
    seed: int = 1
    limits: Limits = Limits()

    @property
    def endpoint(self) -> str:
        """The URL of every service."""
        return f"http://127.0.0.1:{self.port}"
