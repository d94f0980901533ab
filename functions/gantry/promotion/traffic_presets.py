"""Traffic plans by the names that SAM's `DeploymentPreference` has for them.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/automating-updates-to-serverless-apps.html
"""

from collections.abc import Mapping
from types import MappingProxyType

from gantry.promotion.traffic import Plan, Step


def _canary(minutes: int) -> Plan:
    return (Step(weight=10, bake_seconds=minutes * 60),)


def _linear(minutes: int) -> Plan:
    return tuple(Step(weight=weight, bake_seconds=minutes * 60) for weight in range(10, 100, 10))


PRESETS: Mapping[str, Plan] = MappingProxyType(
    {
        "AllAtOnce": (),
        "Canary10Percent5Minutes": _canary(5),
        "Canary10Percent10Minutes": _canary(10),
        "Canary10Percent15Minutes": _canary(15),
        "Canary10Percent30Minutes": _canary(30),
        "Linear10PercentEvery1Minute": _linear(1),
        "Linear10PercentEvery2Minutes": _linear(2),
        "Linear10PercentEvery3Minutes": _linear(3),
        "Linear10PercentEvery10Minutes": _linear(10),
    }
)
"""Each preset's steps, without the last one, which is all traffic."""
