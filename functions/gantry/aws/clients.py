"""The timeouts and retries of every AWS client, and how to read AWS errors."""

import json
import threading
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader

CONFIG = Config(connect_timeout=3, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 5})
"""The SDK waits a minute for each response by default. Most of the functions may not run as long."""

ONCE = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1})
"""For a call that must not be made twice."""
HASTY = Config(connect_timeout=1.5, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2})
"""For a function that has to go on when a region does not answer."""

_EXACT = 60
_STEP = 5
"""Seconds. A client is made for each configuration, so longer times have steps."""


@cache
def _waiting(seconds: int) -> Config:
    return Config(connect_timeout=3, read_timeout=seconds, retries={"mode": "standard", "total_max_attempts": 1})


def waiting(seconds: int) -> Config:
    """Return the configuration for a call that may take so long, and must not be made twice.

    Above a minute, it is rounded down to five seconds.
    """
    return _waiting(seconds if seconds <= _EXACT else seconds // _STEP * _STEP)


MAKING = threading.Lock()
"""Threads may use a client at the same time, but not make one:
https://docs.aws.amazon.com/boto3/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients"""


_SERVICES = (
    "apigateway",
    "apigatewayv2",
    "cloudformation",
    "cloudwatch",
    "codebuild",
    "codedeploy",
    "dynamodb",
    "ecr",
    "ecs",
    "elbv2",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "s3",
    "secretsmanager",
    "sesv2",
    "sns",
    "ssm",
    "stepfunctions",
    "sts",
)


_OF_ECS = Path(__file__).with_name("ecs_additions.json")
"""What the SDK of Lambda's runtime may be too old for: its version depends on the region, and ECS' pauses are from May
2026. What it does not know is lost, whether ECS says it or is sent it: a canary's share of the traffic, for one.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included"""


class KnownServices(Loader):
    """Finds the descriptions of these services, without looking first which of the four hundred others there are.

    https://botocore.amazonaws.com/v1/documentation/api/latest/reference/loaders.html
    """

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the services that the functions and the command line call."""
        del type_name
        return list(_SERVICES)

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> dict[str, Any]:
        """Return a service's description; that of ECS with what the SDK may not know yet."""
        model: dict[str, Any] = super().load_service_model(service_name, type_name, api_version)
        if (service_name, type_name) == ("ecs", "service-2"):
            _complete(model, json.loads(_OF_ECS.read_text()))
        return model


def _complete(known: dict[str, Any], additions: dict[str, Any]) -> None:
    """Add what is missing at any depth, and change nothing that is there."""
    for key, value in additions.items():
        there = known.setdefault(key, value)
        if isinstance(there, dict) and there is not value:
            _complete(there, value)


@cache
def aws() -> boto3.Session:
    """Return what makes all clients. They share what was read of the services' descriptions."""
    session = botocore.session.get_session()
    session.register_component("data_loader", KnownServices())
    return boto3.Session(botocore_session=session)


def session_of(profile: str | None, region: str | None) -> boto3.Session:
    """Return what makes the clients of one profile of the AWS configuration; without one, of the usual credentials."""
    session = botocore.session.Session(profile=profile)
    session.register_component("data_loader", KnownServices())
    return boto3.Session(botocore_session=session, region_name=region)


def own_client(service: str, region: str | None = None, config: Config = CONFIG) -> Any:  # noqa: ANN401 -- boto3 makes its clients' classes at run time
    """Return a client in the pipeline's own account, and in its own region unless another one is given.

    https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html: take advantage of execution environment reuse.
    """
    with MAKING:
        make: Any = aws().client
        return make(service, config=config, region_name=region)


def own_region() -> str:
    """Return the pipeline's own region."""
    return str(aws().region_name)


def code_of(error: ClientError) -> str:
    """Return the error's name: `ResourceNotFoundException`."""
    return error.response["Error"]["Code"]


def message_of(error: ClientError) -> str:
    """Return the error's message for people; empty when it has none."""
    return error.response["Error"].get("Message", "")
