"""Reads a function that exists, and what invokes it, with calls that only read."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError, ProfileNotFound

from gantry.aws.clients import CONFIG, code_of, session_of
from gantry.command_line.adoption.caller_reading import ABSENT, CallerReader
from gantry.command_line.adoption.code_deploy import deployment_group_of
from gantry.command_line.adoption.found_function import Callers, DeploymentGroup, FoundFunction, Unread
from gantry.command_line.adoption.missing_function import unknown_region, why_not_readable
from gantry.command_line.adoption.naming import GivenFunction
from gantry.command_line.errors import CommandError, Exit
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.alias import per_cents
from gantry.targets.lambda_alias.function_state import FunctionState

if TYPE_CHECKING:
    import boto3

Json = dict[str, Any]
T = TypeVar("T")
_CODE_DEPLOY = (
    "codedeploy:ListApplications, BatchGetApplications, ListDeploymentGroups, BatchGetDeploymentGroups and "
    "BatchGetDeployments"
)
_METRICS = ("Errors", "Throttles", "Duration")


def read_function(given: GivenFunction) -> FoundFunction:
    """Read a function.

    Raises:
        CommandError: it does not exist there, or may not be read.
    """
    try:
        return _Reader(session_of(given.profile, given.region), given).read()
    except (NoCredentialsError, ProfileNotFound) as error:
        remedy = (
            f"Sign in to the account of {given.function}, or give its profile: {given.environment}=FUNCTION@PROFILE."
        )
        raise CommandError(f"{str(error).rstrip('.')}. {remedy}", Exit.NOT_ALLOWED) from error
    except EndpointConnectionError as error:
        raise unknown_region(error, given) from error


class _Reader:
    """Reads one function, and notes what it may not read."""

    def __init__(self, session: "boto3.Session", given: GivenFunction) -> None:
        self._make: Any = session.client
        self._lambda: Any = self._make("lambda", config=CONFIG)
        self._given = given
        self._reader = CallerReader(self._lambda, given.function, given.alias)
        self._unread: list[Unread] = []

    def read(self) -> FoundFunction:
        given = self._given
        found = self._function()
        described = found["Configuration"]
        arn = described["FunctionArn"].split(":")
        alias = self._alias()
        live = self._function(alias["FunctionVersion"]) if alias else None
        in_use = live or found
        if found.get("TagsError"):
            self._unread.append(Unread("lambda:ListTags", "who manages it", found["TagsError"]["ErrorCode"]))
        return FoundFunction(
            environment=given.environment,
            account=arn[4],
            region=arn[3],
            name=given.function,
            alias=given.alias,
            latest=FunctionState.of(described, found["Code"]),
            live=FunctionState.of(live["Configuration"], live["Code"]) if live else None,
            routing=_routing(alias) if alias else None,
            image=in_use["Code"].get("ImageUri", ""),
            variables_error=in_use["Configuration"].get("Environment", {}).get("Error", {}).get("ErrorCode"),
            tags=found.get("Tags", {}),
            reserved_concurrency=found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            callers=self._callers(),
            **self._own(described),
            unread=tuple(self._unread),
        )

    def _alias(self) -> Json | None:
        """Return the alias; None where there is none. It has to be readable, as most depends on it."""
        try:
            found: Json = self._lambda.get_alias(FunctionName=self._given.function, Name=self._given.alias)
        except ClientError as error:
            if code_of(error) in ABSENT:
                return None
            raise why_not_readable(error, self._lambda, self._given) from error
        return found

    def _callers(self) -> Callers:
        """Return who invokes the function."""
        optional: Any = self._optional
        reader = self._reader
        return Callers(
            optional("ListEventSourceMappings", "which queues and streams invoke it", reader.event_sources, ()),
            optional("GetPolicy", "which services may invoke it", reader.permissions, ()),
            optional("ListFunctionUrlConfigs", "whether it has URLs", reader.urls, ()),
            optional("ListFunctionEventInvokeConfigs", "what has retries and destinations", reader.asynchronous, ()),
        )

    def _own(self, described: Json) -> Json:
        """Return what else is set for the function, as the fields of `FoundFunction`."""
        optional: Any = self._optional
        reader = self._reader
        return {
            "aliases": optional("ListAliases", "which aliases there are", reader.aliases, ()),
            "provisioned": optional(
                "ListProvisionedConcurrencyConfigs", "what has provisioned concurrency", reader.provisioned, {}
            ),
            "code_signing": optional(
                "GetFunctionCodeSigningConfig", "whether it takes signed zips only", self._code_signing, None
            ),
            "deployment_group": optional(
                _CODE_DEPLOY, "whether CodeDeploy moves the alias", self._deployment_group, None
            ),
            "alarms": optional("cloudwatch:DescribeAlarmsForMetric", "which alarms are about it", self._alarms, ()),
            "is_edge": optional(
                "iam:GetRole", "whether it is one of Lambda@Edge", lambda: self._is_edge(described), otherwise=False
            ),
        }

    def _deployment_group(self) -> DeploymentGroup | None:
        return deployment_group_of(self._make("codedeploy", config=CONFIG), self._given.function, self._given.alias)

    def _function(self, qualifier: str | None = None) -> Json:
        """Return the function or a version; it has to be there."""
        qualified = {"Qualifier": qualifier} if qualifier else {}
        try:
            found: Json = self._lambda.get_function(FunctionName=self._given.function, **qualified)
        except ClientError as error:
            raise why_not_readable(error, self._lambda, self._given) from error
        return found

    def _optional(self, action: str, what: str, read: Callable[[], T], otherwise: T) -> T:
        """Return what a call finds. Where AWS does not answer it, note that, and go on."""
        try:
            return read()
        except (ClientError, BotoCoreError) as error:
            code = code_of(error) if isinstance(error, ClientError) else type(error).__name__
            if code not in ABSENT:
                self._unread.append(Unread(action if ":" in action else f"lambda:{action}", what, code))
            return otherwise

    def _code_signing(self) -> str | None:
        found = self._lambda.get_function_code_signing_config(FunctionName=self._given.function)
        return found.get("CodeSigningConfigArn") or None

    def _alarms(self) -> tuple[str, ...]:
        """Alarms whose dimensions are exactly the function's, or the alias'."""
        cloudwatch = self._make("cloudwatch", config=CONFIG)
        function = {"Name": "FunctionName", "Value": self._given.function}
        resource = {"Name": "Resource", "Value": f"{self._given.function}:{self._given.alias}"}
        found = [
            alarm["AlarmName"]
            for metric in _METRICS
            for dimensions in ([function], [function, resource])
            for alarm in cloudwatch.describe_alarms_for_metric(
                Namespace="AWS/Lambda", MetricName=metric, Dimensions=dimensions
            )["MetricAlarms"]
        ]
        return tuple(dict.fromkeys(found))

    def _is_edge(self, described: Json) -> bool:
        """Functions of Lambda@Edge have a role that its service may assume.

        https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html
        """
        role = self._make("iam", config=CONFIG).get_role(RoleName=described["Role"].rpartition("/")[2])["Role"]
        return "edgelambda.amazonaws.com" in json.dumps(role.get("AssumeRolePolicyDocument", {}))


def _routing(alias: Json) -> Routing:
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return Routing(alias["FunctionVersion"], per_cents(weights))
