"""Workload accounts in memory: each has services of its own in every region."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.config import Config

from gantry.aws.session_policy import Right
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.target import Target
from tests.unit.targets.fake_api_gateway import FakeApiGateway, FakeHttpApis
from tests.unit.targets.fake_client import FakeClient
from tests.unit.targets.fake_cloudwatch import FakeCloudWatch
from tests.unit.targets.fake_ecs import FakeEcs
from tests.unit.targets.fake_lambda import FakeLambda
from tests.unit.targets.fake_load_balancers import FakeLoadBalancers
from tests.unit.targets.fake_logs import FakeLogs
from tests.unit.targets.fake_zips import FakeZips

if TYPE_CHECKING:
    from collections.abc import Callable

Place = tuple[str, str]
"""An account and a region."""


@dataclass
class FakeAccounts:
    """Accounts that let the pipeline in, apart from those that are `closed`."""

    closed: set[str] = field(default_factory=set)
    limited: list[tuple[tuple[Right, ...], Config | None]] = field(default_factory=list)
    """The sessions that were limited to other rights than the target's."""
    _lambdas: dict[Place, FakeLambda] = field(default_factory=dict)
    _cloudwatches: dict[Place, FakeCloudWatch] = field(default_factory=dict)
    _logs: dict[Place, FakeLogs] = field(default_factory=dict)
    _api_gateways: dict[Place, FakeApiGateway] = field(default_factory=dict)
    _ecs: dict[Place, FakeEcs] = field(default_factory=dict)
    _load_balancers: dict[Place, FakeLoadBalancers] = field(default_factory=dict)

    def client(
        self, service: str, target: Target, rights: Iterable[Right] | None = None, config: Config | None = None
    ) -> FakeClient:
        """Return a client as `Accounts` does."""
        if rights is not None:
            self.limited.append((tuple(rights), config))
        if target.account in self.closed:
            raise TargetAccessError(f"the account {target.account} does not let the pipeline in")
        make: dict[str, Callable[[Target], FakeClient]] = {
            "lambda": self.lambda_of,
            "cloudwatch": self.cloudwatch_of,
            "s3": self.zips_of,
            "logs": self.logs_of,
            "apigateway": self.api_gateway_of,
            "ecs": self.ecs_of,
            "elbv2": self.load_balancers_of,
            "apigatewayv2": lambda target: FakeHttpApis(protocols=self.api_gateway_of(target).http_apis),
        }
        return make[service](target)

    def lambda_of(self, target: Target) -> FakeLambda:
        """Return the Lambda of a target's account and region, whether it lets the pipeline in or not."""
        place = (target.account, target.region)
        return self._lambdas.setdefault(place, FakeLambda(account=target.account, region=target.region))

    def zips_of(self, target: Target) -> FakeZips:
        """Return the buckets with zips in a target's region."""
        return self.lambda_of(target).zips

    def cloudwatch_of(self, target: Target) -> FakeCloudWatch:
        """Return the CloudWatch of a target's account and region."""
        return self._cloudwatches.setdefault((target.account, target.region), FakeCloudWatch())

    def api_gateway_of(self, target: Target) -> FakeApiGateway:
        """Return the API Gateway of a target's account and region."""
        return self._api_gateways.setdefault((target.account, target.region), FakeApiGateway())

    def logs_of(self, target: Target) -> FakeLogs:
        """Return the CloudWatch Logs of a target's account and region."""
        return self._logs.setdefault((target.account, target.region), FakeLogs())

    def ecs_of(self, target: Target) -> FakeEcs:
        """Return the ECS of a target's account and region."""
        place = (target.account, target.region)
        return self._ecs.setdefault(place, FakeEcs(owner=target.account, where=target.region))

    def load_balancers_of(self, target: Target) -> FakeLoadBalancers:
        """Return the load balancers of a target's account and region."""
        return self._load_balancers.setdefault((target.account, target.region), FakeLoadBalancers())
