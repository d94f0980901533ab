"""A team's load balancer in a workload account, whose listener has a rule with two target groups."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sandbox.stand_in.metrics import Metrics
from sandbox.stand_in.served_by import DIGEST, REVISION

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.stand_in.process import StandIn

PORT: Final = 8080
"""Where the targets listen."""
_SUBNETS: Final = ["subnet-1", "subnet-2"]


class Reply(NamedTuple):
    """What a request was answered with, and which image and task definition served it, if any task did."""

    status: int
    body: str
    digest: str | None
    revision: str | None


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """A load balancer, its rule and its two target groups, each by its ARN."""

    stand_in: StandIn
    account: str
    arn: str
    address: str
    """Its DNS name."""
    rule: str
    blue: str
    green: str

    @property
    def weights(self) -> dict[str, int]:
        """The weights of the target groups in the rule, by ARN."""
        rule = self.stand_in.client("elbv2", self.account).describe_rules(RuleArns=[self.rule])["Rules"][0]
        groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        return {each["TargetGroupArn"]: each["Weight"] for each in groups}

    def request(self, path: str = "/", method: str = "GET", body: bytes | None = None) -> Reply:
        """Send a request, as the users do."""
        url = f"{self.stand_in.endpoint}/_alb/{self.address.partition('.')[0]}{path}"
        asked = urllib.request.Request(url, body, method=method)  # noqa: S310 -- our own port
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 -- our own port
                return _reply(answer)
        except urllib.error.HTTPError as error:
            with error:
                return _reply(error)

    def record_requests(  # noqa: PLR0913 -- all that a load balancer counts
        self,
        group: str,
        at: datetime,
        *,
        requests: int,
        failed: int = 0,
        unreachable: int = 0,
        milliseconds: float = 100,
    ) -> None:
        """Record what the load balancer would of requests to a target group that nobody makes.

        All of them are at one moment and take equally long. `failed` of them have status 500. For `unreachable` more,
        no target could be reached.
        """
        counts = {"requests": requests, "failed": failed, "unreachable": unreachable}
        Metrics(self.stand_in, self.account).record_answers(self.arn, group, at, milliseconds=milliseconds, **counts)


def add_load_balancer(stand_in: StandIn, account: str, name: str) -> LoadBalancer:
    """Add a load balancer whose rule leads to the first of its target groups."""
    client = stand_in.client("elbv2", account)
    balancer = client.create_load_balancer(Name=name, Subnets=_SUBNETS)["LoadBalancers"][0]
    groups = [
        client.create_target_group(Name=f"{name}-{color}", Protocol="HTTP", Port=PORT, VpcId="vpc-1", TargetType="ip")
        for color in ("blue", "green")
    ]
    blue, green = (str(each["TargetGroups"][0]["TargetGroupArn"]) for each in groups)
    refusal = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
    listener = client.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": refusal}],
    )["Listeners"][0]
    tuples = [{"TargetGroupArn": blue, "Weight": 100}, {"TargetGroupArn": green, "Weight": 0}]
    rule = client.create_rule(
        ListenerArn=listener["ListenerArn"],
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": tuples}}],
    )["Rules"][0]
    arn, address = str(balancer["LoadBalancerArn"]), str(balancer["DNSName"])
    return LoadBalancer(stand_in, account, arn, address, str(rule["RuleArn"]), blue, green)


def add_error_alarms(balancer: LoadBalancer, name: str) -> list[str]:
    """Add an alarm on the errors of each target group, because nobody knows which one serves; return their names."""
    groups = {f"{name}-blue-errors": balancer.blue, f"{name}-green-errors": balancer.green}
    for alarm, group in groups.items():
        balancer.stand_in.client("cloudwatch", balancer.account).put_metric_alarm(
            AlarmName=alarm,
            Namespace="AWS/ApplicationELB",
            MetricName="HTTPCode_Target_5XX_Count",
            Dimensions=[
                {"Name": "LoadBalancer", "Value": balancer.arn.split(":loadbalancer/")[1]},
                {"Name": "TargetGroup", "Value": group.rsplit(":", 1)[1]},
            ],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",  # without errors there is no value
        )
    return list(groups)


def _reply(answer: Any) -> Reply:  # noqa: ANN401 -- a response, or an error that is one
    return Reply(answer.status, answer.read().decode(), answer.headers.get(DIGEST), answer.headers.get(REVISION))
