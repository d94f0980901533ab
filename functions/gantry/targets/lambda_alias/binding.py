"""What a binding of the policy file says of this kind: the function's name, and the role of its versions."""

from gantry.promotion.policy.binding import BoundNames
from gantry.promotion.target import Target
from gantry.targets.lambda_alias.lambda_target import LambdaTarget


def bound_names(target: Target) -> BoundNames:
    """Return the function without its alias: two aliases of one function are one owner's."""
    parts = LambdaTarget.of(target)
    role = [parts.role.partition(":role/")[2]] if parts.role else []
    return BoundNames(parts.function, tuple(role))
