"""Which parameters there should be for an environment of a service, and what each of them should say."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from gantry.promotion.aws_partition import partition_of
from gantry.promotion.live import Live
from gantry.promotion.live_parameter.names import environment_parameter, target_parameter
from gantry.promotion.live_parameter.value import LiveValue, ParameterState, Place
from gantry.promotion.target import Target

KIND = "ssm"
"""Of what stands for a parameter where a target's account and region are asked for. No target has it."""


@dataclass(frozen=True, slots=True)
class WantedParameter:
    """One parameter as it should be."""

    account: str
    region: str
    name: str
    value: LiveValue
    targets: frozenset[str]
    """The ids of the targets that it is about."""

    @property
    def arn(self) -> str:
        """The parameter's ARN. Its name begins with a slash."""
        return f"arn:{partition_of(self.region).name}:ssm:{self.region}:{self.account}:parameter{self.name}"

    @property
    def place(self) -> Target:
        """Its account and region, as whoever enters an account asks for them."""
        return Target(KIND, self.account, self.region, self.name, self.arn)

    def is_beside(self, target_id: str | None) -> bool:
        """Return whether it is in the account and region of a target; that of no target in particular is."""
        return target_id is None or target_id.startswith(f"{self.account}/{self.region}/")


def wanted_parameters(
    lives: Iterable[Live], gone: Iterable["GoneTarget"], listed: Collection[str], place: Callable[[Live], Place]
) -> tuple[WantedParameter, ...]:
    """Return the parameters of one environment of a service, in each account and region that it was ever in.

    Args:
        lives: what is live on its targets.
        gone: the targets that have passed to another service or environment.
        listed: the ids of the targets that the manifest has there. The environment's parameter is about them alone,
            unless none of them is in the same account and region: what else is live there is still live.
        place: returns where an artifact lies.
    """
    own: dict[tuple[str, str], list[tuple[str, LiveValue]]] = defaultdict(list)
    found: list[WantedParameter] = []
    ended: dict[tuple[str, str], GoneTarget] = {}
    for live in lives:
        value, target = LiveValue.of(live, place(live)), live.target
        name = target_parameter(live.service, live.environment, target)
        own[target.account, target.region].append((target.id, value))
        found.append(WantedParameter(target.account, target.region, name, value, frozenset({target.id})))
    for each in gone:
        target = each.target
        ended[target.account, target.region] = each
        name = target_parameter(each.service, each.environment, target)
        value = LiveValue(each.service, each.environment, ParameterState.GONE, target.id)
        found.append(WantedParameter(target.account, target.region, name, value, frozenset({target.id})))
    found += _of_environment(own, listed)
    for (account, region), each in ended.items():
        if (account, region) not in own:
            value = LiveValue(each.service, each.environment, ParameterState.GONE)
            name = environment_parameter(each.service, each.environment)
            found.append(WantedParameter(account, region, name, value, frozenset({each.target.id})))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class GoneTarget:
    """A target that was an environment's, and is now another service's or environment's."""

    service: str
    environment: str
    target: Target


def _of_environment(
    own: dict[tuple[str, str], list[tuple[str, LiveValue]]], listed: Collection[str]
) -> Iterator[WantedParameter]:
    for (account, region), each in own.items():
        counted: Sequence[tuple[str, LiveValue]] = [one for one in each if one[0] in listed] or each
        value = LiveValue.together([one for _, one in counted])
        name = environment_parameter(value.service, value.environment)
        yield WantedParameter(account, region, name, value, frozenset(target_id for target_id, _ in counted))
