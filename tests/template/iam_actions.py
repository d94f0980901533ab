"""How the SDK's calls are named in IAM."""

from collections.abc import Collection, Mapping
from functools import cache

import botocore.session
from botocore import xform_name

SERVICES = {
    "APIGatewayClient": ("apigateway", "apigateway"),
    "ApiGatewayV2Client": ("apigatewayv2", "apigateway"),
    "CloudFormationClient": ("cloudformation", "cloudformation"),
    "CloudWatchClient": ("cloudwatch", "cloudwatch"),
    "CloudWatchLogsClient": ("logs", "logs"),
    "CodeBuildClient": ("codebuild", "codebuild"),
    "DynamoDBClient": ("dynamodb", "dynamodb"),
    "ECRClient": ("ecr", "ecr"),
    "ECSClient": ("ecs", "ecs"),
    "ElasticLoadBalancingv2Client": ("elbv2", "elasticloadbalancing"),
    "EventBridgeClient": ("events", "events"),
    "IAMClient": ("iam", "iam"),
    "KMSClient": ("kms", "kms"),
    "LambdaClient": ("lambda", "lambda"),
    "S3Client": ("s3", "s3"),
    "SecretsManagerClient": ("secretsmanager", "secretsmanager"),
    "SESV2Client": ("sesv2", "ses"),
    "SFNClient": ("stepfunctions", "states"),
    "SNSClient": ("sns", "sns"),
    "SSMClient": ("ssm", "ssm"),
    "STSClient": ("sts", "sts"),
    "Table": ("dynamodb", "dynamodb"),
}
"""By the type of a client: the SDK's name of the service, and the prefix of its IAM actions."""

IN_A_TRANSACTION = {
    "Get": "dynamodb:GetItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
TRANSACTIONS = {"transact_get_items", "transact_write_items"}
"""They have no action of their own, but those of their items:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html"""

NAMED_OTHERWISE = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
}
"""Calls whose IAM action has another name:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""

COPYING = {"s3:CopyObject": {"s3:GetObjectVersion", "s3:PutObject"}}
"""A call that has no action of its own. All copies name the version of their source:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""

OF_A_VERSION = {"s3:GetObject": "s3:GetObjectVersion"}
"""Calls that need another action, and only that one, when they name a version:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""


BY_VERB = {"apigateway"}
"""The services whose actions are named by HTTP's verbs:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html"""


def called(client: str, method: str, given: Collection[str] = ()) -> set[str]:
    """Return the action of a call with these arguments; none for what a client has beside its calls, like `meta`."""
    service, _ = SERVICES[client]
    if method in TRANSACTIONS:
        return set()
    if "VersionId" in given:
        return {OF_A_VERSION[action_of(client, method)]}
    if method not in operations(service):
        return set()
    action = action_of(client, method)
    return COPYING.get(action, {action})


def action_of(client: str, method: str) -> str:
    """Return the IAM action of an SDK call, which must be one that the service really has."""
    service, prefix = SERVICES[client]
    action = f"{prefix}:{_verb(service, method) if prefix in BY_VERB else operations(service)[method]}"
    return NAMED_OTHERWISE.get(action, action)


@cache
def _verb(service: str, method: str) -> str:
    model = botocore.session.get_session().get_service_model(service)
    return str(model.operation_model(operations(service)[method]).http["method"])


@cache
def operations(service: str) -> Mapping[str, str]:
    """Return the operations of a service by the names of their methods."""
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}
