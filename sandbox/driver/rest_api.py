"""A team's REST API in a workload account, with one stage, its access log, and the metrics that are made of the log.

    api = add_rest_api(stand_in, PROD, "cowsay", document, variables={"alias": "live"})
    permit(stand_in, api, "cowsay", "live")
    api.request("/say")
    api.record_requests(at, canary=True, requests=6_000, failed=240)

On AWS a stack of the team's own brings it.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import REGION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sandbox.stand_in.process import StandIn

STAGE: Final = "live"
NAMESPACE: Final = "RestApi"
LATENCY: Final = "Latency"
ERRORS: Final = "ServerErrors"
DIMENSIONS: Final = {"ApiId": "$.apiId", "Stage": "$.stage", "isCanary": "$.isCanaryRequest"}
"""The dimensions of both metrics, and the fields of the access log that they come from."""
_IN_QUOTES = ("requestId", "apiId", "stage", "isCanaryRequest", "httpMethod", "resourcePath")
_NUMBERS = ("status", "responseLatency")
# A field in quotes is no number, so the log has two fields without them.
LOG_FORMAT: Final = (
    "{"
    + ",".join(
        [f'"{name}":"$context.{name}"' for name in _IN_QUOTES] + [f'"{name}":$context.{name}' for name in _NUMBERS]
    )
    + "}"
)


class Reply(NamedTuple):
    """What a request was answered with."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class RestApi:
    """A REST API and its stage."""

    stand_in: StandIn
    account: str
    api_id: str
    log_group: str
    stage: str = STAGE

    @property
    def described(self) -> dict[str, Any]:
        """The stage, as GetStage answers."""
        found = self.stand_in.client("apigateway", self.account).get_stage(restApiId=self.api_id, stageName=self.stage)
        return dict(found)

    def request(self, path: str = "/", method: str = "GET", body: bytes | None = None) -> Reply:
        """Send an unsigned request through the stage, as the API's users do."""
        url = f"{self.stand_in.endpoint}/_aws/execute-api/{self.api_id}/{self.stage}{path}"
        asked = urllib.request.Request(url, body, method=method)  # noqa: S310 -- our own port
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 -- our own port
                return Reply(answer.status, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.read().decode())

    def record_requests(
        self, at: datetime, *, canary: bool, requests: int, failed: int = 0, milliseconds: float = 100
    ) -> None:
        """Record what the log's metrics would say of requests that nobody makes: to send them would take minutes.

        All of them are at one moment and take equally long; `failed` of them have status 500 or more.
        """
        fields = {"apiId": self.api_id, "stage": self.stage, "isCanaryRequest": str(canary).lower()}
        dimensions = [
            {"Name": name, "Value": fields[selector.removeprefix("$.")]} for name, selector in DIMENSIONS.items()
        ]
        counted = {LATENCY: (milliseconds, requests), ERRORS: (1, failed)}
        data = [
            {
                "MetricName": metric,
                "Dimensions": dimensions,
                "Timestamp": at,
                "Values": [float(value)],
                "Counts": [float(times)],
            }
            for metric, (value, times) in counted.items()
            if times
        ]
        if data:
            self.stand_in.client("cloudwatch", self.account).put_metric_data(Namespace=NAMESPACE, MetricData=data)


def add_rest_api(  # noqa: PLR0913 -- what a stack has parameters for
    stand_in: StandIn,
    account: str,
    name: str,
    document: bytes,
    *,
    variables: Mapping[str, str] | None = None,
    stage: str = STAGE,
) -> RestApi:
    """Import a document, deploy it, and let a stage serve it."""
    client, log_group = stand_in.client("apigateway", account), f"/rest-apis/{name}"
    api_id = str(client.import_rest_api(body=document)["id"])
    deployment = str(client.create_deployment(restApiId=api_id, description="first")["id"])
    let_api_gateway_log(stand_in, account)
    stand_in.client("logs", account).create_log_group(logGroupName=log_group)
    _put_metric_filters(stand_in, account, log_group)
    api = RestApi(stand_in, account, api_id, log_group, stage)
    _add_stage(api, deployment, variables or {})
    return api


def add_stage(api: RestApi, stage: str, variables: Mapping[str, str] | None = None) -> RestApi:
    """Let another stage serve what a stage serves, with the same access log; return the API by that stage."""
    other = replace(api, stage=stage)
    _add_stage(other, str(api.described["deploymentId"]), variables or {})
    return other


def _add_stage(api: RestApi, deployment: str, variables: Mapping[str, str]) -> None:
    client = api.stand_in.client("apigateway", api.account)
    client.create_stage(restApiId=api.api_id, stageName=api.stage, deploymentId=deployment, variables=dict(variables))
    destination = f"arn:aws:logs:{REGION}:{api.account}:log-group:{api.log_group}"
    settings = {"destinationArn": destination, "format": LOG_FORMAT}
    client.update_stage(
        restApiId=api.api_id,
        stageName=api.stage,
        patchOperations=[
            {"op": "replace", "path": f"/accessLogSettings/{key}", "value": value} for key, value in settings.items()
        ],
    )


def let_api_gateway_log(stand_in: StandIn, account: str) -> None:
    """Give the account the role with which API Gateway writes logs. An account needs it once."""
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    name, policy = "api-gateway-logs", json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    try:
        stand_in.client("iam", account).create_role(RoleName=name, AssumeRolePolicyDocument=policy)
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityAlreadyExists":
            raise
    role = f"arn:aws:iam::{account}:role/{name}"
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
    stand_in.client("apigateway", account).update_account(patchOperations=[operation])


def permit(stand_in: StandIn, api: RestApi, function: str, alias: str) -> None:
    """Let the API invoke a function by an alias."""
    stand_in.client("lambda", api.account).add_permission(
        FunctionName=function,
        Qualifier=alias,
        StatementId=f"api-{api.api_id}-{alias}",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{api.account}:{api.api_id}/*",
    )


def _put_metric_filters(stand_in: StandIn, account: str, log_group: str) -> None:
    logs = stand_in.client("logs", account)
    patterns = {
        LATENCY: ("{ $.responseLatency >= 0 }", "$.responseLatency", "Milliseconds"),
        ERRORS: ("{ $.status >= 500 }", "1", "Count"),
    }
    for metric, (pattern, value, unit) in patterns.items():
        transformation = {"metricNamespace": NAMESPACE, "metricName": metric, "metricValue": value, "unit": unit}
        logs.put_metric_filter(
            logGroupName=log_group,
            filterName=metric,
            filterPattern=pattern,
            metricTransformations=[{**transformation, "dimensions": DIMENSIONS}],
        )
