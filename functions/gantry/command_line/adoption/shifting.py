"""How CodeDeploy shifts traffic today, as a manifest says it: by what steps, and by which alarms it rolls back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gantry.command_line.adoption.found_function import FoundFunction
from gantry.command_line.results.adopted import Finding, Level
from gantry.promotion.traffic_presets import PRESETS

_OF_CODE_DEPLOY = "CodeDeployDefault.Lambda"
_AT_ONCE = "AllAtOnce"


@dataclass(frozen=True, slots=True)
class Shifting:
    """What the manifest gives an environment, and what CodeDeploy does there that it cannot give."""

    traffic: str
    """The name of a traffic plan."""
    alarms: tuple[str, ...]
    lost_traffic: tuple[str, ...]
    """CodeDeploy's configurations, where the manifest says none of them."""
    lost_alarms: tuple[str, ...]
    """Alarms that not all targets have in common."""


def shifting_of(targets: Sequence[FoundFunction]) -> Shifting:
    """Return how the traffic of an environment's targets is shifted today."""
    groups = [each.deployment_group for each in targets]
    names = {each.configuration.removeprefix(_OF_CODE_DEPLOY) if each else _AT_ONCE for each in groups}
    is_known = len(names) == 1 and names <= set(PRESETS)
    is_provisioned = any(each.alias in each.provisioned for each in targets)
    lists = [each.alarms if each else () for each in groups]
    shared = tuple(name for name in lists[0] if all(name in other for other in lists))
    return Shifting(
        traffic=names.pop() if is_known and not is_provisioned else _AT_ONCE,
        alarms=shared,
        lost_traffic=() if is_known or is_provisioned else tuple(sorted(names - {_AT_ONCE})),
        lost_alarms=tuple(dict.fromkeys(name for own in lists for name in own if name not in shared)),
    )


def shifting_findings(environment: str, shifting: Shifting) -> Iterator[Finding]:
    """Yield what CodeDeploy does that the manifest does not say: nobody may take it for taken over."""
    if shifting.lost_traffic:
        yield Finding(
            "traffic",
            Level.BLOCKS,
            environment,
            None,
            f"CodeDeploy shifts traffic by {', '.join(shifting.lost_traffic)}, which is no traffic plan of all targets "
            "here. So the manifest says AllAtOnce, without a canary.",
            "Write the steps under traffic, as docs/manifest.md says, or leave AllAtOnce if you mean it.",
        )
    if shifting.lost_alarms:
        yield Finding(
            "alarms_differ",
            Level.CHANGES,
            environment,
            None,
            f"Not all targets have the alarms {', '.join(shifting.lost_alarms)}, so the manifest does not name them.",
            "Give the alarms one name in all targets, or make an environment of its own of each target.",
        )
