"""Wake the revisions that a rollback is to restore and that sleep. What runs keeps the traffic meanwhile."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gantry.aws.deadline import Deadline
from gantry.observability import logger
from gantry.promotion.errors import TargetPendingError
from gantry.targets.readiness import Readiness
from gantry.use_cases.rollback.choosing import choose, find_targets
from gantry.use_cases.rollback.found_targets import FoundTarget, RestoreRequest
from gantry.use_cases.services import Services
from gantry.use_cases.side_by_side import InTime, side_by_side

LONGEST = timedelta(minutes=2)
"""How long a rollback waits. 40 to 106 seconds were seen."""


@dataclass(frozen=True, slots=True)
class WokenVersions:
    """The targets that are awake, and those that are restored all the same."""

    awake: tuple[str, ...]
    not_awake: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    target_id: str
    is_ready: bool
    is_waited_for: bool


def wake_version(request: RestoreRequest, services: Services) -> WokenVersions:
    """Send one request to each revision that sleeps, and look whether all are awake. If not, the machine looks again.

    A later look finds such a revision starting, and sends it nothing.

    Raises:
        TargetPendingError: one is on its way. Another try looks again.
    """
    deadline = Deadline.after(request.seconds)
    looked, wish = find_targets(request, deadline, services)
    undecided = [each for each in looked.done if not each.decided]

    def look(found: FoundTarget, in_time: InTime) -> _Seen:
        chosen, target = choose(found, wish, services), found.live.target
        kind, is_asleep = services.kinds.of(target), chosen.readiness is Readiness.ASLEEP
        if is_asleep and kind.may_wake(target):
            in_time.require()
            kind.wake(target, chosen.revision.revision)
            logger.warning("version woken", target=target.id, version=chosen.revision.revision)
        return _Seen(target.id, chosen.is_ready, is_waited_for=not is_asleep or kind.may_wake(target))

    seen = side_by_side(undecided, look, within=deadline.left()).done
    awaited = [each.target_id for each in seen if each.is_waited_for and not each.is_ready]
    if awaited and datetime.now(UTC) - request.entered_at < LONGEST:
        raise TargetPendingError(f"not awake yet: {', '.join(awaited)}")
    return WokenVersions(
        tuple(each.target_id for each in seen if each.is_ready),
        tuple(each.target_id for each in seen if not each.is_ready),
    )
