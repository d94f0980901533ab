"""Everything a use case talks to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, cast

from gantry.aws.clients import CONFIG, HASTY, own_client, own_region, waiting
from gantry.promotion.aws_partition import region_in
from gantry.promotion.target import Target
from gantry.use_cases.artifact_services import ArtifactServices
from gantry.use_cases.git_services import GitServices
from gantry.use_cases.ledger_services import LedgerServices
from gantry.use_cases.need_services import NeedServices
from gantry.use_cases.written_file_services import WrittenFileServices

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from gantry.aws.accounts import Accounts
    from gantry.aws.alarms import Alarms
    from gantry.aws.builds import Builds
    from gantry.aws.check_function import CheckFunction
    from gantry.aws.emergency_path import EmergencyPath
    from gantry.aws.executions import Executions
    from gantry.aws.mail import Mail
    from gantry.aws.notifications import EventBus, Topic
    from gantry.aws.repairs import Repairs
    from gantry.promotion.masking import Masking
    from gantry.targets.registry import TargetKinds


class Services(LedgerServices, ArtifactServices, WrittenFileServices, GitServices, NeedServices):
    """The adapters of one function. Each is made when it is first used, and kept while the function is warm.

    Its module is imported then too, so that a cold function pays only for what it uses.

    Args:
        environment: the function's environment variables. Each adapter reads those that it needs.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._patience = CONFIG
        self._only_reads = False

    def in_a_hurry(self) -> "Services":
        """Return these services with less patience for the workload accounts; asked before any of them is entered."""
        self._patience = HASTY
        return self

    def only_reading(self) -> "Services":
        """Return these services with no rights to change a target; asked before any account is entered."""
        self._only_reads = True
        return self

    @cached_property
    def events(self) -> "EventBus":
        """The bus for automation."""
        from gantry.aws.notifications import EventBus

        return EventBus(own_client("events"), self._environment["EVENT_BUS"])

    @cached_property
    def topic(self) -> "Topic":
        """The topic for people."""
        from gantry.aws.notifications import Topic

        return Topic(own_client("sns"), self._environment["NOTIFICATION_TOPIC"])

    @cached_property
    def mail(self) -> "Mail":
        """Mail to approvers; with the configuration set that reports bounces."""
        from gantry.aws.mail import Mail

        return Mail(own_client("sesv2"), self._environment["MAIL_SENDER"], self._environment["MAIL_EVENTS"])

    @cached_property
    def executions(self) -> "Executions":
        """The executions of the pipeline's own machines."""
        from gantry.aws.executions import Executions

        return Executions(own_client("stepfunctions"))

    @cached_property
    def repairs(self) -> "Repairs":
        """The function that repairs targets."""
        from gantry.aws.repairs import Repairs

        return Repairs(own_client("lambda"), self._environment["REPAIR_FUNCTION"])

    @cached_property
    def emergency_path(self) -> "EmergencyPath":
        """The functions of the rollback machine."""
        from gantry.aws.emergency_path import EmergencyPath

        others = (
            self._environment["WAKE_FUNCTION"],
            self._environment["STOP_FUNCTION"],
            self._environment["RECORD_FUNCTION"],
        )
        return EmergencyPath(own_client("lambda"), self._environment["RESTORE_FUNCTION"], others)

    @cached_property
    def accounts(self) -> "Accounts":
        """The workload accounts."""
        from gantry.aws.accounts import Accounts
        from gantry.targets.registry import rights_of

        return Accounts(
            own_client("sts"),
            self._environment["TARGET_ROLE"],
            self._environment["EXTERNAL_ID"],
            rights_of,
            config=self._patience,
            session_name=self._environment.get("AWS_LAMBDA_FUNCTION_NAME", "gantry"),
            only_reads=self._only_reads,
        )

    @property
    def metrics_delay(self) -> timedelta:
        """How long CloudWatch may need to count what has ended."""
        return timedelta(seconds=int(self._environment["METRICS_DELAY"]))

    @cached_property
    def kinds(self) -> "TargetKinds":
        """The kinds of target."""
        from gantry.targets.kind_parts import KindParts
        from gantry.targets.registry import RegisteredKinds

        registry = self._environment["REGISTRY_ACCOUNT"]
        parts = KindParts(self.accounts, registry, own_region(), self.metrics_delay, lambda: self.objects)
        return RegisteredKinds.all(parts)

    def expect_targets(self, *named: str) -> "TargetKinds":
        """Import the kinds, and read what AWS services have. Their clients have to wait for a target's session."""
        from gantry.targets.registry import import_kinds

        import_kinds()
        for service in named:
            own_client(service)
        return self.kinds

    @cached_property
    def masking(self) -> "Masking":
        """What stands for the values of settings in the ledger."""
        from gantry.aws.masking_key import MaskingKey
        from gantry.promotion.masking import Masking

        return Masking(MaskingKey(own_client("secretsmanager"), self._environment["MASKING_KEY"]).as_bytes)

    def alarms(self, target: Target) -> "Alarms":
        """Return the alarms of a target's account and region."""
        from gantry.aws.alarms import Alarms

        return Alarms(self.accounts.client("cloudwatch", target), target)

    def check_function(self, target: Target, arn: str, seconds: int) -> "CheckFunction":
        """Return a team's function in the target's account, which is given so long to answer."""
        from gantry.aws.check_function import CheckFunction, calling_rights

        there, rights = replace(target, region=region_in(arn)), calling_rights(arn)
        return CheckFunction(self.accounts.client("lambda", there, rights=rights, config=waiting(seconds)), arn)

    def builds(self, target: Target, project: str) -> "Builds":
        """Return the builds of a CodeBuild project in the target's account and region."""
        from gantry.aws.builds import Builds, building_rights

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
        from gantry.aws.ledger_table import LedgerTable

        table = LedgerTable(own_client("dynamodb"), self._environment["LEDGER_TABLE"])
        return cast("Table", table)
