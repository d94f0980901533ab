"""Everything a use case talks to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import boto3

from gantry.artifacts.container_image import ContainerImages
from gantry.artifacts.image_replication import ImageReplication, RegionalImages
from gantry.aws.accounts import Accounts
from gantry.aws.alarms import Alarms
from gantry.aws.builds import Builds, building_rights
from gantry.aws.check_function import CheckFunction, calling_rights
from gantry.aws.clients import CONFIG, HASTY, own_client, waiting
from gantry.aws.emergency_path import EmergencyPath
from gantry.aws.executions import Executions
from gantry.aws.mail import Mail
from gantry.aws.manifests import Manifests
from gantry.aws.masking_key import MaskingKey
from gantry.aws.notifications import EventBus, Topic
from gantry.aws.policy_file import PolicyFile
from gantry.aws.repairs import Repairs
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.targets.registry import RegisteredKinds, TargetKinds, rights_of
from gantry.use_cases.ledger_services import LedgerServices

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class Services(LedgerServices):
    """The adapters of one function. Each is made when it is first used, and kept while the function is warm.

    Args:
        environment: the function's environment variables. Each adapter reads those that it needs.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._patience = CONFIG
        self._images_in: dict[str, RegionalImages] = {}

    def in_a_hurry(self) -> "Services":
        """Return these services with less patience for the workload accounts; asked before any of them is entered."""
        self._patience = HASTY
        return self

    @cached_property
    def events(self) -> EventBus:
        """The bus for automation."""
        return EventBus(own_client("events"), self._environment["EVENT_BUS"])

    @cached_property
    def topic(self) -> Topic:
        """The topic for people."""
        return Topic(own_client("sns"), self._environment["NOTIFICATION_TOPIC"])

    @cached_property
    def mail(self) -> Mail:
        """Mail to approvers; with the configuration set that reports bounces."""
        return Mail(own_client("sesv2"), self._environment["MAIL_SENDER"], self._environment["MAIL_EVENTS"])

    @cached_property
    def executions(self) -> Executions:
        """The executions of the pipeline's own machines."""
        return Executions(own_client("stepfunctions"))

    @cached_property
    def repairs(self) -> Repairs:
        """The function that repairs targets."""
        return Repairs(own_client("lambda"), self._environment["REPAIR_FUNCTION"])

    @cached_property
    def emergency_path(self) -> EmergencyPath:
        """The functions of the rollback machine."""
        others = (
            self._environment["WAKE_FUNCTION"],
            self._environment["STOP_FUNCTION"],
            self._environment["RECORD_FUNCTION"],
        )
        return EmergencyPath(own_client("lambda"), self._environment["RESTORE_FUNCTION"], others)

    @cached_property
    def manifests(self) -> Manifests:
        """The services' manifests."""
        return Manifests(own_client("s3"), self._environment["MANIFEST_BUCKET"])

    @cached_property
    def policy_file(self) -> PolicyFile:
        """What the administrators allow."""
        return PolicyFile(own_client("s3"), self._environment["MANIFEST_BUCKET"])

    @cached_property
    def images(self) -> ContainerImages:
        """The registry of the pipeline's own account and region."""
        return ContainerImages(own_client("ecr"))

    def images_in(self, region: str) -> RegionalImages:
        """Return the registry of the pipeline's own account in a region."""
        if region not in self._images_in:
            self._images_in[region] = RegionalImages(own_client("ecr", region))
        return self._images_in[region]

    @cached_property
    def replication(self) -> ImageReplication:
        """The replication of the registry."""
        return ImageReplication(own_client("ecr"), self._environment["REGISTRY_ACCOUNT"])

    @cached_property
    def accounts(self) -> Accounts:
        """The workload accounts."""
        return Accounts(
            own_client("sts"),
            self._environment["TARGET_ROLE"],
            self._environment["EXTERNAL_ID"],
            rights_of,
            config=self._patience,
        )

    @property
    def metrics_delay(self) -> timedelta:
        """How long CloudWatch may need to count what has ended."""
        return timedelta(seconds=int(self._environment["METRICS_DELAY"]))

    @cached_property
    def kinds(self) -> TargetKinds:
        """The kinds of target."""
        accounts, registry_account = self.accounts, self._environment["REGISTRY_ACCOUNT"]
        return RegisteredKinds.all(accounts, registry_account, self.metrics_delay)

    @cached_property
    def masking(self) -> Masking:
        """What stands for the values of settings in the ledger."""
        return Masking(MaskingKey(own_client("secretsmanager"), self._environment["MASKING_KEY"]).as_bytes)

    def alarms(self, target: Target) -> Alarms:
        """Return the alarms of a target's account and region."""
        return Alarms(self.accounts.client("cloudwatch", target), target)

    def check_function(self, target: Target, arn: str, seconds: int) -> CheckFunction:
        """Return a team's function in the target's account, which is given so long to answer."""
        there, rights = replace(target, region=arn.split(":")[3]), calling_rights(arn)
        return CheckFunction(self.accounts.client("lambda", there, rights=rights, config=waiting(seconds)), arn)

    def builds(self, target: Target, project: str) -> Builds:
        """Return the builds of a CodeBuild project in the target's account and region."""
        return Builds(self.accounts.client("codebuild", target, rights=building_rights(target, project)), project)

    @property
    def promotion_machine(self) -> str:
        """The ARN of the promotion machine."""
        return self._environment["PROMOTION_MACHINE"]

    @property
    def hook_role(self) -> str:
        """The name of the role that the target accounts answer checks with."""
        return self._environment["HOOK_ROLE"]

    @property
    def approval_base_url(self) -> str:
        """Where approvers find the approval API, without a slash at the end."""
        return self._environment["APPROVAL_BASE_URL"].rstrip("/")

    @property
    def sign_in_issuer(self) -> str | None:
        """The OpenID Connect issuer that approvers have to sign in at; None when the link is enough."""
        return self._environment["SIGN_IN_ISSUER"] or None

    @cached_property
    def _table(self) -> "Table":
        return boto3.resource("dynamodb", config=CONFIG).Table(self._environment["LEDGER_TABLE"])
