"""Elastic Load Balancing in memory, at the place of its boto3 client, and what it tells CloudWatch."""
# ruff: noqa: N803 -- the arguments' names are those of AWS

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gantry.targets.ecs_service.target_groups import TargetGroup
from tests.unit.targets.fake_client import Answer, FakeClient, counted, refused
from tests.unit.targets.fake_cloudwatch import FakeCloudWatch

_PREFIX = "arn:aws:elasticloadbalancing:us-east-1:222222222222:"
RULE = f"{_PREFIX}listener-rule/app/cowsay/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee"
NETWORK_LISTENER = f"{_PREFIX}listener/net/cowsay/50dc6c495c0c9188/f2f7dc8efc522ab2"
BLUE, GREEN = (f"{_PREFIX}targetgroup/cowsay-{each}/73e2d6bc24d8a067" for each in ("blue", "green"))


@dataclass
class FakeLoadBalancers(FakeClient):
    """Only the rules of listeners, which a service's load balancer names."""

    actions: dict[str, Sequence[Answer]] = field(default_factory=dict)
    """What a rule or a Network Load Balancer's listener does, by its ARN."""

    def forward(self, rule: str, **weights: int) -> None:
        """Let a rule forward to groups with these weights: `blue=100, green=0`."""
        groups = {"blue": BLUE, "green": GREEN}
        tuples = [{"TargetGroupArn": groups[name], "Weight": weight} for name, weight in weights.items()]
        self.actions[rule] = [{"Type": "forward", "ForwardConfig": {"TargetGroups": tuples}}]

    @counted
    def describe_rules(self, *, RuleArns: Sequence[str]) -> Answer:
        return {"Rules": [{"RuleArn": each, "Actions": self._actions(each, "Rule")} for each in RuleArns]}

    @counted
    def describe_listeners(self, *, ListenerArns: Sequence[str]) -> Answer:
        found = [{"ListenerArn": each, "DefaultActions": self._actions(each, "Listener")} for each in ListenerArns]
        return {"Listeners": found}

    def _actions(self, arn: str, what: str) -> Sequence[Answer]:
        if arn not in self.actions:
            raise refused(f"Describe{what}s", f"{what}NotFound", "One or more not found")
        return self.actions[arn]


def serve(  # noqa: PLR0913, PLR0917 -- as a load balancer would
    cloudwatch: FakeCloudWatch, group_arn: str, at: datetime, times: int, failed: int = 0, milliseconds: float = 100
) -> None:
    """Let the tasks of a target group answer requests, of which some fail. What is zero is not sent.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """
    for number in range(times):
        put(cloudwatch, group_arn, "RequestCount", at)
        put(cloudwatch, group_arn, f"HTTPCode_Target_{5 if number < failed else 2}XX_Count", at)
        put(cloudwatch, group_arn, "TargetResponseTime", at, milliseconds / 1000)


def put(cloudwatch: FakeCloudWatch, group_arn: str, metric: str, at: datetime, value: float = 1) -> None:
    """Let the load balancer of `RULE` send one value about a target group."""
    group = TargetGroup.of(group_arn, RULE)
    assert group
    cloudwatch.put(metric, at, value, group.name, group.load_balancer)
