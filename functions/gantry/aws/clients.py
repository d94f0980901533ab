"""How Gantry talks to AWS: timeouts and retries of every client, and how its errors are read."""

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

CONFIG = Config(connect_timeout=3, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 5})
"""The SDK's defaults wait a minute for each answer, which is longer than most of the functions may run."""


@cache
def client(service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients' classes at run time; who calls knows which
    """The client of a service in the pipeline's own account and region; made once for each warm function.

    https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html: take advantage of execution environment reuse.
    """
    make: Any = boto3.client
    return make(service, config=CONFIG)


@cache
def ledger_table() -> "Table":
    """The ledger, named by the variable LEDGER_TABLE."""
    return boto3.resource("dynamodb", config=CONFIG).Table(os.environ["LEDGER_TABLE"])


def code_of(error: ClientError) -> str:
    """The name AWS gives the error: `ResourceNotFoundException`."""
    return error.response["Error"]["Code"]


def message_of(error: ClientError) -> str:
    """What AWS says about it, for people."""
    return error.response["Error"].get("Message", "")
