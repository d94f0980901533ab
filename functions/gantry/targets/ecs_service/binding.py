"""What a binding of the policy file says of this kind: the cluster and the service."""

from gantry.promotion.policy.binding import BoundNames
from gantry.promotion.target import Target
from gantry.targets.ecs_service.ecs_target import EcsTarget


def bound_names(target: Target) -> BoundNames:
    """Return the service's name, and for bindings the cluster with it: `ecs/main/cowsay`, so that `ecs/main/*` is all.

    Roles come from the live task definition, and never from a manifest.
    """
    return BoundNames(EcsTarget.of(target).service, bound_as=target.name)
