"""What a binding of the policy file says of this kind."""

from gantry.promotion.policy.binding import BoundNames
from gantry.promotion.target import Target


def bound_names(target: Target) -> BoundNames:
    """Return no name: API Gateway makes up a REST API's id, so only a binding says whose it is."""
    del target
    return BoundNames(None)
