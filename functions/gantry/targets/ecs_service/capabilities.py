"""What the kind `ecs` can do."""

from gantry.targets.capabilities import Capabilities

CAPABILITIES = Capabilities(
    splits_traffic=True,
    compare_and_set=False,
    can_create=False,
    counts_requests=True,
    can_be_invoked=False,
    shifts_itself=True,
    runs_tasks=True,
)
