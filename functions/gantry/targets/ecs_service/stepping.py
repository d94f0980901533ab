"""Whether ECS can give a new task definition a part of a service's requests, which the load balancer counts."""

from collections.abc import Mapping
from typing import Any

from gantry.targets.ecs_service.target_groups import application_load_balancer

_ALL_AT_ONCE = "or promote with traffic: AllAtOnce"
_NEEDED = (
    "add advancedConfiguration to the service's load balancer: a second target group, the listener rule and a role "
    "(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html)"
)
_NEEDS_BALANCER = f"steps need an Application Load Balancer: put the service behind one, {_ALL_AT_ONCE}"


def why_no_steps(service: Mapping[str, Any]) -> str | None:
    """Return why a service can take no steps, and what to do about it; None if it can.

    ECS shifts a Network Load Balancer and Service Connect too, but nothing counts the requests of one revision there.

    Args:
        service: as DescribeServices returns it.
    """
    balancers = service.get("loadBalancers") or ()
    if not balancers:
        return _without_balancer(service)
    if len(balancers) > 1:
        many = f"its tasks are in {len(balancers)} target groups at once"
        return f"{many}, and Gantry watches one for each version: leave one, {_ALL_AT_ONCE}"
    rule = (balancers[0].get("advancedConfiguration") or {}).get("productionListenerRule")
    if rule is None:
        return f"its load balancer has no second target group for steps: {_NEEDED}, {_ALL_AT_ONCE}"
    if application_load_balancer(rule) is None:
        return f"it is behind a Network Load Balancer, which counts no requests, and {_NEEDS_BALANCER}"
    return None


def _without_balancer(service: Mapping[str, Any]) -> str:
    newest = _newest(service)
    if is_in_service_connect(service):
        return f"it is reached by Service Connect, which counts no requests of one version, and {_NEEDS_BALANCER}"
    if newest.get("vpcLatticeConfigurations"):
        return f"it is reached by VPC Lattice, and {_NEEDS_BALANCER}"
    return f"it has no load balancer, and {_NEEDS_BALANCER}"


def is_in_service_connect(service: Mapping[str, Any]) -> bool:
    """Whether clients reach a service by Service Connect. One that is a client only has no services there."""
    return bool((_newest(service).get("serviceConnectConfiguration") or {}).get("services"))


def _newest(service: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(iter(service.get("deployments", ())), {})
