"""Rules with a rate.

For speed, not fidelity: the stand-in's time scale multiplies the rate of a rule's `ScheduleExpression`. With a scale of
0.02, `rate(5 minutes)` means every six seconds. Cron expressions are not changed.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from ministack.services import eventbridge

from sandbox.stand_in.repairs.replacing import Original, put_in_front
from sandbox.stand_in.settings import Settings

_MINUTE = 60
_LOOKS_A_MINUTE = 6
_SHORTEST_SECONDS = 0.2


def apply(settings: Settings) -> None:
    """Shorten rates, and the interval at which the library checks them."""

    def scaled(original: Original, expression: str) -> float | None:
        seconds: int | None = original(expression)
        return None if seconds is None else seconds * settings.time_scale

    put_in_front(eventbridge, "_parse_rate_seconds", scaled)
    minute = _MINUTE * settings.time_scale
    eventbridge._SCHEDULER_TICK_INTERVAL = max(minute / _LOOKS_A_MINUTE, _SHORTEST_SECONDS)
