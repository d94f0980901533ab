"""What answers the requests to a target group."""

from dataclasses import dataclass

from sandbox.stand_in.repairs.ecs.service_revisions import revision, task_definition_of
from sandbox.stand_in.repairs.ecs.state import LOCK, all_states
from sandbox.stand_in.repairs.replacing import Json


@dataclass(frozen=True, slots=True)
class Backend:
    """The tasks of one service revision."""

    revision: Json
    """As DescribeServiceRevisions shows it."""
    task_definition: Json
    tasks: int
    weight: float
    """The share of its service's production traffic that ECS gave it, in per cent."""


def behind(target_group: str) -> list[Backend]:
    """Return what runs in a target group of the current account and region. In a rolling deployment, that is two."""
    with LOCK:
        return [
            Backend(found, task_definition_of(found), share.running, share.weight)
            for state in all_states().values()
            for arn, share in state.shares.items()
            if share.running and target_group in _groups(found := revision(arn))
        ]


def _groups(found: Json) -> set[str]:
    return {each["targetGroupArn"] for each in found["resolvedConfiguration"]["loadBalancers"]}
