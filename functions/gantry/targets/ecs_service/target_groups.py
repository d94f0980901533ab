"""Which target groups a service's revisions are in. The two of a service swap with every deployment."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from gantry.targets.ecs_service.task_definition import revision_of


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group behind one Application Load Balancer, each by its name in CloudWatch."""

    name: str
    """`targetgroup/cowsay-blue/73e2d6bc24d8a067`"""
    load_balancer: str
    """`app/cowsay/50dc6c495c0c9188`"""

    @classmethod
    def of(cls, group_arn: str, rule_arn: str) -> Self | None:
        """Return a group by its ARN and that of the listener rule; None where it is no Application Load Balancer.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
        """
        balancer = application_load_balancer(rule_arn)
        return cls(group_arn.rpartition(":")[2], balancer) if balancer else None


def application_load_balancer(rule_arn: str) -> str | None:
    """Return the name in CloudWatch of the Application Load Balancer that has a listener rule; None for others."""
    _, *parts = rule_arn.rpartition(":")[2].split("/")
    return "/".join(parts[:3]) if parts[:1] == ["app"] else None


def groups_by_rule(revision: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the ARNs of the target groups that a service revision is in, by their listener rules' ARNs.

    Args:
        revision: as DescribeServiceRevisions returns it.
    """
    balancers = revision.get("resolvedConfiguration", {}).get("loadBalancers") or ()
    return {
        each["productionListenerRule"]: each["targetGroupArn"]
        for each in balancers
        if each.get("productionListenerRule") and each.get("targetGroupArn")
    }


def own_groups(revisions: Iterable[Mapping[str, Any]], wanted: Collection[str]) -> Mapping[str, TargetGroup]:
    """Return the group of each task definition that has one of its own.

    One that has none is missing: ECS knows no tasks of it, they share a group with others, or they are in several
    groups or in none.

    Args:
        revisions: service revisions, as DescribeServiceRevisions returns them.
        wanted: names of task definitions: `cowsay:12`.
    """
    found: dict[str, list[TargetGroup | None]] = {}
    for each in sorted(revisions, key=lambda each: each["createdAt"]):
        name = revision_of(each["taskDefinition"])
        if name in wanted:  # of several service revisions with one task definition, the newest counts
            found[name] = [TargetGroup.of(group, rule) for rule, group in groups_by_rule(each).items()]
    single = {name: groups[0] for name, groups in found.items() if len(groups) == 1 and groups[0]}
    return {name: group for name, group in single.items() if list(single.values()).count(group) == 1}


def all_groups(service: Mapping[str, Any]) -> Collection[TargetGroup]:
    """Return all groups that ECS may shift a service's traffic to.

    Args:
        service: as DescribeServices returns it.
    """
    return set(_groups(service))


def _groups(service: Mapping[str, Any]) -> Iterator[TargetGroup]:
    for each in service.get("loadBalancers", ()):
        advanced = each.get("advancedConfiguration") or {}
        for arn in filter(None, (each.get("targetGroupArn"), advanced.get("alternateTargetGroupArn"))):
            if group := TargetGroup.of(arn, advanced.get("productionListenerRule", "")):
                yield group
