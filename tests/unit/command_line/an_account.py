"""An account with one function that somebody has made, at the place of AWS. The SDK checks all requests."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3

Json = dict[str, Any]
ACCOUNT, REGION, NAME = "444444444444", "us-east-1", "cowsay"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/cowsay"
DIGEST = f"sha256:{'a' * 64}"
_ABSENT = "ResourceNotFoundException"


def arn(qualifier: str | None = None, name: str = NAME, region: str = REGION, account: str = ACCOUNT) -> str:
    return f"arn:aws:lambda:{region}:{account}:function:{name}" + (f":{qualifier}" if qualifier else "")


def configuration(version: str = "$LATEST", **own: Any) -> Json:
    """A function of an image, or one of its versions, as GetFunction describes it."""
    return {
        "FunctionName": NAME,
        "FunctionArn": arn(),
        "Version": version,
        "Role": ROLE,
        "MemorySize": 512,
        "Timeout": 10,
        "EphemeralStorage": {"Size": 512},
        "Environment": {"Variables": {"LOG_LEVEL": "INFO", "TO_SAY": "Hello, it's 1:00"}},
        "Architectures": ["arm64"],
        "PackageType": "Image",
        "CodeSha256": "a" * 64,
        "RevisionId": "1",
        "State": "Active",
        "LastUpdateStatus": "Successful",
    } | own


ZIP: Json = {
    "PackageType": "Zip",
    "Runtime": "python3.13",
    "Handler": "app.handler",
    "CodeSha256": "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=",
    "Layers": [{"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:common:7"}],
}


@cache
def _session() -> boto3.Session:
    """One for all: it keeps what it has read of the services' descriptions."""
    return boto3.Session("testing", "testing", region_name=REGION)


@dataclass
class Account:
    """What AWS answers; an answer is a mapping, or the code of a refusal."""

    latest: Json = field(default_factory=configuration)
    version: Json = field(default_factory=lambda: configuration("7"))
    code: Json = field(
        default_factory=lambda: {
            "ImageUri": f"111111111111.dkr.ecr.{REGION}.amazonaws.com/team/cowsay:4f0c2d1",
            "ResolvedImageUri": f"111111111111.dkr.ecr.{REGION}.amazonaws.com/team/cowsay@{DIGEST}",
        }
    )
    more: Json = field(default_factory=dict)
    """What else GetFunction answers: Tags, Concurrency."""
    answers: dict[str, Json | str | Callable[[Json], Json | str]] = field(default_factory=dict)
    asked: list[tuple[str, Json]] = field(default_factory=list)

    def __post_init__(self) -> None:
        usual: dict[str, Any] = {
            "GetFunction": self._get_function,
            "GetAlias": {"Name": "live", "FunctionVersion": "7", "AliasArn": arn("live"), "RevisionId": "2"},
            "ListAliases": {"Aliases": [{"Name": "live"}]},
            "ListProvisionedConcurrencyConfigs": {"ProvisionedConcurrencyConfigs": []},
            "ListEventSourceMappings": {"EventSourceMappings": []},
            "GetPolicy": _ABSENT,
            "ListFunctionUrlConfigs": {"FunctionUrlConfigs": []},
            "ListFunctionEventInvokeConfigs": {"FunctionEventInvokeConfigs": []},
            "GetFunctionCodeSigningConfig": {"CodeSigningConfigArn": "", "FunctionName": NAME},
            "ListApplications": {"applications": []},
            "DescribeAlarmsForMetric": {"MetricAlarms": []},
            "GetRole": {"Role": {"AssumeRolePolicyDocument": "{}"}},
            "ListFunctions": {"Functions": [{"FunctionName": NAME}, {"FunctionName": "billing"}]},
        }
        self.answers = usual | self.answers

    def session(self) -> Any:
        return SimpleNamespace(client=self._client)

    def _client(self, service: str, **options: Any) -> Any:
        found: Any = _session().client(service, **options)  # type: ignore[call-overload]  # any service
        found.meta.events.register("before-parameter-build", self._note)
        found.meta.events.register("before-call", self._answer)
        return found

    def _get_function(self, given: Json) -> Json | str:
        if given["FunctionName"] != NAME:
            return _ABSENT
        described = self.version if given.get("Qualifier") == self.version["Version"] else self.latest
        return {"Configuration": described, "Code": self.code, **self.more}

    def _note(self, params: Json, model: Any, **_: Any) -> None:
        self.asked.append((model.name, dict(params)))

    def _answer(self, model: Any, **_: Any) -> tuple[Any, Json]:
        given = self.answers[model.name]
        found = given(self.asked[-1][1]) if callable(given) else given
        if isinstance(found, str):
            return _Response(400), {"Error": {"Code": found, "Message": f"{found} says AWS"}, "ResponseMetadata": {}}
        return _Response(200), deepcopy(found)  # the SDK changes what it has read


def code_deploy(alias: str, name: str = "CodeDeployDefault.LambdaCanary10Percent5Minutes") -> Json:
    """What CodeDeploy answers where it moves an alias by the configuration of this name."""
    spec = {"Resources": [{"f": {"Type": "AWS::Lambda::Function", "Properties": {"Name": NAME, "Alias": alias}}}]}
    group = {
        "applicationName": "shop",
        "deploymentGroupName": "cowsay-group",
        "deploymentConfigName": name,
        "alarmConfiguration": {"alarms": [{"name": "cowsay-errors"}]},
        "lastAttemptedDeployment": {"deploymentId": "d-1", "status": "InProgress"},
    }
    return {
        "ListApplications": {"applications": ["shop", "servers"]},
        "BatchGetApplications": {
            "applicationsInfo": [
                {"applicationName": "shop", "computePlatform": "Lambda"},
                {"applicationName": "servers", "computePlatform": "Server"},
            ]
        },
        "ListDeploymentGroups": {"deploymentGroups": ["cowsay-group"]},
        "BatchGetDeploymentGroups": {"deploymentGroupsInfo": [group]},
        "BatchGetDeployments": {
            "deploymentsInfo": [{"deploymentId": "d-1", "revision": {"string": {"content": json.dumps(spec)}}}]
        },
    }


@dataclass(frozen=True)
class _Response:
    status_code: int
