"""The workload accounts and the machines around the handlers, in memory, in place of the services' adapters."""

from collections import defaultdict
from types import SimpleNamespace
from typing import Any, cast

from gantry.promotion.deployment import Deployment
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.target import Target
from gantry.targets.kind import TargetKind
from gantry.targets.lambda_alias.kind import LambdaAliasKind
from gantry.targets.lambda_alias.packages import DeploymentPackage, ImagePackage
from gantry.targets.registry import RegisteredKinds
from gantry.use_cases.services import Services
from tests.unit.handlers.fake_function import FakeFunction
from tests.unit.handlers.fake_infrastructure import FakeInfrastructure
from tests.unit.handlers.fake_tasks import FakeTasks
from tests.unit.handlers.fakes import (
    FakeAlarms,
    FakeAlias,
    FakeBuilds,
    FakeCheckFunction,
    FakeEvidence,
    FakeExecutions,
    FakeImages,
    FakeRepairs,
)


def _package(deployment: Deployment) -> DeploymentPackage:
    return ImagePackage(deployment.release.artifact, "111111111111", deployment.target.region)


class Workloads:
    """What there is in every target's account."""

    def __init__(self) -> None:
        self.closed: set[str] = set()
        """The accounts that do not let the pipeline in."""
        self.executions = FakeExecutions()
        self.images = FakeImages()
        self.repairs = FakeRepairs()
        self.check_function = FakeCheckFunction()
        self.builds = FakeBuilds()
        self.tasks = FakeTasks()
        self.infrastructure = FakeInfrastructure()
        self._aliases: dict[str, FakeAlias] = {}
        self._functions: dict[str, FakeFunction] = {}
        self._alarms: defaultdict[tuple[str, str], FakeAlarms] = defaultdict(FakeAlarms)
        self._metrics: defaultdict[str, FakeEvidence] = defaultdict(FakeEvidence)

    def alias(self, target: Target) -> FakeAlias:
        return self._aliases.setdefault(target.id, FakeAlias(target))

    def function(self, target: Target) -> FakeFunction:
        return self._functions.setdefault(target.id.rpartition("/")[0], FakeFunction(target))

    def alarms(self, target: Target) -> FakeAlarms:
        return self._alarms[target.account, target.region]

    def metrics(self, target: Target) -> FakeEvidence:
        return self._metrics[target.id]

    def put_into(self, services: Services) -> None:
        """Let the use cases find these in place of the adapters."""
        stand_ins: dict[str, Any] = {
            "kinds": RegisteredKinds({"lambda": self.kind, "tasks": lambda: cast("TargetKind", self.tasks)}),
            "alarms": lambda target: self.alarms(self._entered(target)),
            "executions": self.executions,
            "check_function": lambda target, arn, seconds: self.check_function.entered(self._entered(target), arn),
            "builds": lambda target, project: self.builds.entered(self._entered(target), project),
            "repairs": self.repairs,
            "images": self.images,
            "images_in": self.images.in_region,
            "infrastructure": lambda _, target: self.infrastructure.there(self._entered(target)),
            "accounts": SimpleNamespace(),
        }
        vars(services).update(stand_ins)

    def kind(self) -> TargetKind:
        def of(find: Any) -> Any:
            return lambda target: find(self._entered(target))

        def invoker(target: Target, version: str, config: object) -> Any:
            del version
            return self.function(self._entered(target))

        return LambdaAliasKind(
            of(self.alias),
            of(self.function),
            of(self.metrics),
            invoker,
            _package,
            lambda deployment: of(self.function)(deployment.target),
        )

    def _entered(self, target: Target) -> Target:
        if target.account in self.closed:
            raise TargetAccessError(f"the account {target.account} does not let the pipeline in")
        return target
