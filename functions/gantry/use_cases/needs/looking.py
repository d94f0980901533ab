"""One look at everything that an environment needs, in the account and region of each of its targets."""

from collections.abc import Iterable
from dataclasses import dataclass

from gantry.promotion.errors import TargetUnreachableError
from gantry.promotion.manifest.content import Environment
from gantry.promotion.needs.finding import NeedFinding, Seen, judged
from gantry.promotion.needs.need import Need
from gantry.promotion.target import Target
from gantry.use_cases.services import Services
from gantry.use_cases.side_by_side import side_by_side


@dataclass(frozen=True, slots=True)
class NeedsThere:
    """What an environment needs in one account and region."""

    needs: tuple[Need, ...]
    target: Target
    """One of its targets there."""

    @property
    def target_id(self) -> str:
        """Where, for people."""
        return f"{self.target.account}/{self.target.region}"

    def found_by(self, seen: Iterable[Seen]) -> list[NeedFinding]:
        """Return what a look there has found, need by need."""
        return [judged(need, self.target_id, each) for need, each in zip(self.needs, seen, strict=True)]


def needs_of(environment: Environment) -> list[NeedsThere]:
    """Return what is to be looked at: each account and region once."""
    places = {(target.account, target.region): target for target in environment.targets}
    return [NeedsThere(environment.needs, each) for each in places.values()] if environment.needs else []


def look_at_needs(environment: Environment, seconds: float, services: Services) -> list[NeedFinding]:
    """Return what is there, need by need in each account and region. Of what does not answer, nothing is there.

    Raises:
        TargetAccessError: a workload account does not let the pipeline in.
    """
    wanted = {each.target_id: each for each in needs_of(environment)}
    if not wanted:
        return []
    outcomes = side_by_side([*wanted.values()], lambda each, _: look_there(each, services), seconds)
    found = {each[0].place: each for each in outcomes.done}
    for place, error in outcomes.errors:
        if not isinstance(error, TargetUnreachableError):
            raise error
        found[place] = wanted[place].found_by([Seen(problem=str(error))] * len(environment.needs))
    return [finding for place in wanted for finding in found[place]]


def look_there(wanted: NeedsThere, services: Services) -> list[NeedFinding]:
    """Return what is there in one account and region.

    Raises:
        TargetAccessError: the account does not let the pipeline in.
    """
    return wanted.found_by(services.infrastructure(wanted.needs, wanted.target).seen(wanted.needs))
