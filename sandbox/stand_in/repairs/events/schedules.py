"""Rules with a rate.

Serves tests, not fidelity: the rate of a rule's `ScheduleExpression` is multiplied by the stand-in's time scale, so
that `rate(5 minutes)` is every six seconds with a scale of 0.02. What a cron expression says is left alone.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from ministack.services import eventbridge

from sandbox.stand_in.repairs.replacing import Original, put_in_front
from sandbox.stand_in.settings import Settings

_MINUTE = 60
_LOOKS_A_MINUTE = 6
_SHORTEST_SECONDS = 0.2


def apply(settings: Settings) -> None:
    """Let rates, and how often they are looked at, be shorter."""

    def scaled(original: Original, expression: str) -> float | None:
        seconds: int | None = original(expression)
        return None if seconds is None else seconds * settings.time_scale

    put_in_front(eventbridge, "_parse_rate_seconds", scaled)
    minute = _MINUTE * settings.time_scale
    eventbridge._SCHEDULER_TICK_INTERVAL = max(minute / _LOOKS_A_MINUTE, _SHORTEST_SECONDS)
