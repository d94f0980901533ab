"""What a binding of the policy file says of the kind `memory`."""

from gantry.promotion.policy.binding import BoundNames
from gantry.promotion.target import Target


def bound_names(target: Target) -> BoundNames:
    """Return the name without its pool."""
    return BoundNames(target.name.rpartition("/")[2])
