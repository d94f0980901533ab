"""An HTTP API of plain CloudFormation resources, and requests to it: with a token, with a signature, or as they are."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.repairs.role_sessions import Keys
from tests.sandbox.given import Json, function_arn, new_name, soon

TOKEN_HEADER = "X-Identity-Token"
AUDIENCE = "gantry"
# Says in the file CALLS that it was called, and answers with what it was called with.
CALLED = """
import os

def handler(event, context):
    with open(os.environ["CALLS"], "a") as calls:
        calls.write(".")
    return event
"""
TEMPLATE = """
Parameters:
  FunctionArn: {Type: String}
  Issuer: {Type: String, Default: ""}
  Audience: {Type: String, Default: gantry}
Conditions:
  HasIssuer: !Not [!Equals [!Ref Issuer, ""]]
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Name: !Sub ${AWS::StackName}-approvals
      ProtocolType: HTTP
      Description: Shows approvals and takes decisions about them.
  ApiLogs:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: 90
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      ApiId: !Ref Api
      StageName: $default
      AutoDeploy: true
      DefaultRouteSettings: {ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20}
      AccessLogSettings:
        DestinationArn: !GetAtt ApiLogs.Arn
        Format: '{"requestId":"$context.requestId","route":"$context.routeKey","status":"$context.status"}'
  Authorizer:
    Type: AWS::ApiGatewayV2::Authorizer
    Condition: HasIssuer
    Properties:
      ApiId: !Ref Api
      Name: people
      AuthorizerType: JWT
      IdentitySource: ["$request.header.X-Identity-Token"]
      JwtConfiguration: {Issuer: !Ref Issuer, Audience: [!Ref Audience]}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Ref FunctionArn
      PayloadFormatVersion: "2.0"
  ShowRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: GET /approvals/{link}
      AuthorizationType: !If [HasIssuer, JWT, NONE]
      AuthorizerId: !If [HasIssuer, !Ref Authorizer, !Ref AWS::NoValue]
      Target: !Sub integrations/${Integration}
  DecideRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: POST /approvals/{link}
      AuthorizationType: !If [HasIssuer, JWT, NONE]
      AuthorizerId: !If [HasIssuer, !Ref Authorizer, !Ref AWS::NoValue]
      Target: !Sub integrations/${Integration}
  SignedRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: POST /decisions/{approval}
      AuthorizationType: AWS_IAM
      Target: !Sub integrations/${Integration}
  PermissionForApprovals:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref FunctionArn
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*/approvals/{link}
  PermissionForDecisions:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref FunctionArn
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/POST/decisions/*
Outputs:
  Api: {Value: !Ref Api}
  Endpoint: {Value: !GetAtt Api.ApiEndpoint}
  Stage: {Value: !Ref Stage}
  Integration: {Value: !Ref Integration}
  Authorizer: {Condition: HasIssuer, Value: !Ref Authorizer}
"""


class Answer(NamedTuple):
    """What a request was answered with; the body is read as JSON, and empty when there is none."""

    status: int
    body: Json


UNAUTHORIZED = Answer(401, {"message": "Unauthorized"})
FORBIDDEN = Answer(403, {"message": "Forbidden"})
NOT_FOUND = Answer(404, {"message": "Not Found"})


class Api(NamedTuple):
    """A deployed API."""

    url: str
    outputs: Mapping[str, str]
    stack: str

    @property
    def arn(self) -> str:
        """What policies name it by."""
        return f"arn:aws:execute-api:{REGION}:{ASSETS}:{self.outputs['Api']}"


def an_api(aws: StandIn, function: str, issuer: str = "") -> Api:
    """An API whose every route leads to the function."""
    stack = new_name("stack")
    aws.client("cloudformation", ASSETS).create_stack(
        StackName=stack, TemplateBody=TEMPLATE, Parameters=_parameters(function, issuer)
    )
    return _deployed(aws, stack, "CREATE_COMPLETE")


def trusting(aws: StandIn, api: Api, function: str, issuer: str) -> Api:
    """The API after its stack was updated to another issuer, or to none."""
    aws.client("cloudformation", ASSETS).update_stack(
        StackName=api.stack, UsePreviousTemplate=True, Parameters=_parameters(function, issuer)
    )
    return _deployed(aws, api.stack, "UPDATE_COMPLETE")


def _parameters(function: str, issuer: str) -> list[Json]:
    values = {"FunctionArn": function_arn(function), "Issuer": issuer, "Audience": AUDIENCE}
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _deployed(aws: StandIn, stack: str, status: str) -> Api:
    def look() -> Json | None:
        found: Json = aws.client("cloudformation", ASSETS).describe_stacks(StackName=stack)["Stacks"][0]
        return found if found["StackStatus"] == status else None

    outputs = {output["OutputKey"]: output["OutputValue"] for output in soon(look)["Outputs"]}
    return Api(f"{aws.endpoint}/_aws/execute-api/{outputs['Api']}/$default", outputs, stack)


def request(
    url: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Ask as it is given."""
    asked = urllib.request.Request(url, body, dict(headers or {}), method=method)  # noqa: S310 -- our own port
    try:
        with urllib.request.urlopen(asked) as answer:  # noqa: S310 -- our own port
            return Answer(answer.status, json.load(answer))
    except urllib.error.HTTPError as error:
        return Answer(error.code, json.loads(error.read() or b"{}"))


def signature(url: str, keys: Keys, body: bytes = b"", scope: tuple[str, str] = ("execute-api", REGION)) -> Json:
    """The headers that sign a POST of the body."""
    signed = AWSRequest("POST", url, data=body)
    SigV4Auth(Credentials(*keys), *scope).add_auth(signed)
    return dict(signed.headers)


def signed(url: str, keys: Keys, body: bytes = b"", scope: tuple[str, str] = ("execute-api", REGION)) -> Answer:
    """POST the body, signed for a service and a region."""
    return request(url, "POST", body, signature(url, keys, body, scope))


def assumed(aws: StandIn, role: str, session: str = "ops") -> Keys:
    """The keys of a session of a role which trusts its own account."""
    account = role.split(":")[4]
    made = aws.client("sts", account).assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
    return Keys(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
