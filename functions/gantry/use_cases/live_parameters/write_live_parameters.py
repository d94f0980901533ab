"""Write what is live into the parameters of the workload accounts.

The message only says where to look. What is written is read from the ledger, so that one that is late, repeated or out
of order writes the same, and the next one there makes up for a lost one. A deployment changes what is live in one
account and region, and looks there alone: looking everywhere, forty targets would read forty times forty parameters.
"""

from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.live_now import LiveFor
from gantry.promotion.live_parameter.errors import LiveParameterError
from gantry.promotion.live_parameter.wanted import WantedParameter
from gantry.use_cases.live_parameters.wanted import wanted_in_ledger
from gantry.use_cases.services import Services

_LOOKS = 5
"""At the ledger: what changes while something is written is written too. Parameters that say it are not read again."""


@dataclass(frozen=True, slots=True)
class WrittenParameters:
    """What became of an environment's parameters."""

    changed: tuple[str, ...]
    """The names of those that said something else, each with its account and region before it."""
    unchanged: int


def write_live_parameters(
    service: str, environment: str, services: Services, target_id: str | None = None
) -> WrittenParameters:
    """Let an environment's parameters say what is live, and those of whoever had its targets before.

    One that cannot be written holds up no other.

    Args:
        service: whose they are.
        environment: in which they say what is live.
        services: the ledger, the manifests and the parameters.
        target_id: the target that has changed, so that only its account and region are looked at; None for all.

    Raises:
        LiveParameterError: some cannot be written. The message has each.
    """
    changed: dict[str, None] = {}
    said: dict[str, str] = {}
    for _ in range(_LOOKS):
        wanted = {each.arn: each for each in _wanted(service, environment, services) if each.is_beside(target_id)}
        others = [each for arn, each in wanted.items() if said.get(arn) != each.value.text()]
        if not others:
            break
        changed |= dict.fromkeys(_write_all(others, services))
        said |= {each.arn: each.value.text() for each in others}
    logger.info("live parameters written", changed=list(changed), service=service, environment=environment)
    return WrittenParameters(tuple(changed), len(wanted) - len(changed))


def _wanted(service: str, environment: str, services: Services) -> list[WantedParameter]:
    owner = LiveFor(service, environment)
    others = services.ledger.taken_from(service, environment)
    return [
        wanted
        for each in dict.fromkeys((owner, *others))
        for wanted in wanted_in_ledger(each.service, each.environment, services)
    ]


def _write_all(wanted: list[WantedParameter], services: Services) -> list[str]:
    written, problems = [], []
    for each in wanted:
        try:
            if _write(each, services):
                written.append(f"{each.account}/{each.region}{each.name}")
        except GantryError as error:  # the others are written all the same
            problems.append(str(error))
    if problems:
        raise LiveParameterError("\n".join(dict.fromkeys(problems)))
    return written


def _write(wanted: WantedParameter, services: Services) -> bool:
    """Return whether it said something else. What it says already is not written: there are few writes a second."""
    parameter, text = services.live_parameter(wanted), wanted.value.text()
    if parameter.said() == text:
        return False
    parameter.say(text)
    return True
