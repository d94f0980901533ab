"""The whole pipeline, deployed onto a stand-in, and what its users do with it.

Everything goes through AWS' own APIs and through what the templates deploy, as it would on AWS.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

from sandbox.driver.approvals import Approvals
from sandbox.driver.artifact_bucket import ARTIFACTS, ArtifactBucket
from sandbox.driver.deploy import alone, build, deploy
from sandbox.driver.ecs_service import CLUSTER
from sandbox.driver.executions import Executions
from sandbox.driver.host import ARCHITECTURE
from sandbox.driver.live_bucket import BUCKETS
from sandbox.driver.lookups import Lookups
from sandbox.driver.requests import Requests
from sandbox.driver.services import Services
from sandbox.driver.troubles import Troubles
from sandbox.stand_in.accounts import ASSETS, WORKLOAD_ACCOUNTS
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.workspace import ROOT

STACK = "gantry"
TARGET_STACK = "gantry-target"
SENDER = "gantry@example.com"
EXTERNAL_ID = "gantry-sandbox"
CHECKS = "check-*"
"""The names of the functions and the projects that may check new versions."""
FUNCTIONS = "cowsay,cowsay-*"
"""The names of the functions that the pipeline may deploy to, and of their execution roles."""
ECS_SERVICES = ",".join(f"{CLUSTER}/{each}" for each in FUNCTIONS.split(","))
"""The ECS services that it may deploy to. Their task definitions are called like them, and their roles begin so."""
LAYERS = ",".join(f"{each}:layer:cowsay-*" for each in WORKLOAD_ACCOUNTS.values())
"""The layers that it may give them."""


@dataclass
class Pipeline(Services, Executions, Approvals, Lookups, Troubles, Requests):
    """A deployed pipeline, for the people and programs around it."""

    @classmethod
    def deploy(
        cls,
        stand_in: StandIn,
        report: Callable[[str], None] = lambda _: None,
        more: Mapping[str, str] | None = None,
    ) -> Self:
        """Build and deploy the pipeline's stack into the assets account and the target stack into the others.

        `more` has parameters of the pipeline's stack that most stories do not need.
        """
        stand_in.client("sesv2", ASSETS).create_email_identity(EmailIdentity=SENDER)
        ArtifactBucket(stand_in).make()
        with alone():
            report("sam build")
            built = build(ROOT / "template.yaml")
            report("sam deploy: the pipeline, into the assets account")
            outputs = deploy(stand_in, STACK, built, ASSETS, _parameters(stand_in) | dict(more or {}))
        report("sam deploy: the target stack, into the dev, staging and prod accounts")
        target = {"AssetsAccount": ASSETS, "ExternalId": EXTERNAL_ID, "AlarmBusArn": outputs["AlarmBusArn"]}
        target |= {"FunctionNamePatterns": FUNCTIONS, "ExecutionRolePatterns": FUNCTIONS}
        target |= {"CheckFunctionPatterns": CHECKS, "CheckProjectPatterns": CHECKS, "ArtifactBuckets": ARTIFACTS}
        target |= {"LayerPatterns": LAYERS, "BucketKeyPatterns": ",".join(f"{each}/*" for each in BUCKETS.values())}
        target |= {"EcsServicePatterns": ECS_SERVICES, "CheckClusters": CLUSTER}
        target |= {"NeededParameterPatterns": "infra/*", "NeededStackPatterns": "infra-*"}
        target |= {"TaskDefinitionPatterns": FUNCTIONS, "TaskRolePatterns": FUNCTIONS}

        def deploy_target(account: str) -> None:
            deploy(stand_in, TARGET_STACK, ROOT / "target" / "template.yaml", account, target)

        with ThreadPoolExecutor(len(WORKLOAD_ACCOUNTS)) as pool:
            list(pool.map(deploy_target, WORKLOAD_ACCOUNTS.values()))
        return cls(stand_in, outputs)

    @classmethod
    def of_running(cls, stand_in: StandIn) -> Self:
        """Find the pipeline that is deployed on a running stand-in."""
        described = stand_in.client("cloudformation", ASSETS).describe_stacks(StackName=STACK)["Stacks"][0]
        return cls(stand_in, {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]})

    @property
    def architecture(self) -> str:
        """The architecture that functions run on here: the machine's own."""
        return ARCHITECTURE

    def disable(self, rule: str) -> None:
        """Disable one of the stack's EventBridge rules."""
        described = self.stand_in.client("cloudformation", ASSETS).describe_stack_resource(
            StackName=STACK, LogicalResourceId=rule
        )
        name = described["StackResourceDetail"]["PhysicalResourceId"]
        self.stand_in.client("events", ASSETS).disable_rule(Name=name)


def _parameters(stand_in: StandIn) -> dict[str, str]:
    """Return the parameters of the pipeline's stack."""
    return {
        "ArtifactBuckets": ARTIFACTS,
        "TargetAccounts": ",".join(WORKLOAD_ACCOUNTS.values()),
        "ExternalId": EXTERNAL_ID,
        "MailSender": SENDER,
        "ApprovalBaseUrl": f"{stand_in.endpoint}/_domain",
        "LedgerDeletionProtection": "false",
        "MetricsDelay": "1",
    }
