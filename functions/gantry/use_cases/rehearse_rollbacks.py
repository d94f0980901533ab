"""Rehearse the way back everywhere, once a day, and tell people what would fail before they need it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gantry.observability import logger, metrics
from gantry.promotion import messages
from gantry.promotion.live_now import LiveFor
from gantry.promotion.rehearsal import Rehearsal, RehearsalChanges, RehearsedTarget
from gantry.use_cases.services import Services
from gantry.use_cases.side_by_side import InTime, side_by_side

_AT_ONCE = 4
"""Environments: nobody is in a hurry, and people's own calls must not be throttled by a rehearsal."""


@dataclass(frozen=True, slots=True)
class RehearsedRollbacks:
    """How many environments were looked at, and how many targets could not go back as they should."""

    environments: int
    problems: int


@dataclass(frozen=True, slots=True)
class _Place:
    """One environment of one service."""

    live_for: LiveFor

    @property
    def target_id(self) -> str:
        """Its name, for people."""
        return f"{self.live_for.service} in {self.live_for.environment}"


def rehearse_rollbacks(at: str, seconds: float, services: Services) -> RehearsedRollbacks:
    """Rehearse all environments side by side, tell people what changed, then keep what was found.

    A message that is lost is sent with the next run, because what it is about was not kept.

    Args:
        at: the moment; ISO 8601, UTC.
        seconds: how long it may take.
        services: the adapters.

    Raises:
        RehearsalError: a function of the emergency path failed. What the others found is told and kept.
        NotificationError: SNS did not take the message.
    """
    places = [_Place(each) for each in sorted(_places(services), key=lambda each: (each.service, each.environment))]

    def look(place: _Place, _: InTime) -> Rehearsal:
        live_for = place.live_for
        targets = services.emergency_path.rehearse(live_for.service, live_for.environment)["targets"]
        return Rehearsal(live_for.service, live_for.environment, at, tuple(RehearsedTarget(**each) for each in targets))

    looked = side_by_side(places, look, within=seconds, at_once=_AT_ONCE)
    _tell(looked.done, services)
    for rehearsal in looked.done:
        services.rehearsals.keep(rehearsal)
    problems = sum(len(each.problems) for each in looked.done)
    metrics.add_metric("RollbacksThatWouldFail", unit="Count", value=problems)
    services.emergency_path.keep_awake()
    for _, error in looked.errors:
        raise error
    return RehearsedRollbacks(len(looked.done), problems)


def _places(services: Services) -> set[LiveFor]:
    return {each.live_for for each in services.leases.all() if each.live_for}


def _tell(rehearsals: Sequence[Rehearsal], services: Services) -> None:
    changes = [
        RehearsalChanges.between(services.rehearsals.last(each.service, each.environment), each) for each in rehearsals
    ]
    found, gone = [each for one in changes for each in one.found], [each for one in changes for each in one.gone]
    if found or gone:
        logger.warning("rehearsal", found=found, gone=gone)
        services.topic.publish(messages.rehearsed(found, gone))
