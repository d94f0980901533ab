"""A pipeline in memory: its ledger, and what its stack says of itself."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from gantry.aws import clients
from gantry.command_line.pipeline import Pipeline
from tests.unit.ledger_table import create_ledger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

OUTPUTS = {
    "LedgerTableName": "ledger",
    "ManifestBucketName": "manifests",
    "PromotionsUrl": "https://api.example.com/promotions",
    "PreviewsUrl": "https://api.example.com/previews/",
    "DriftUrl": "https://api.example.com/drift",
    "DecisionsUrl": "https://api.example.com/decisions/",
    "CanariesUrl": "https://api.example.com/canaries/",
    "PromotionMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:gantry-promotion",
    "DeploymentMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:gantry-deployment",
    "RollbackMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:gantry-rollback",
}


@pytest.fixture
def known_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack's outputs, without a stack; and credentials of nobody."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(Pipeline, "outputs", OUTPUTS)
    monkeypatch.setattr(clients, "aws", cache(clients.aws.__wrapped__))  # other tests listen to the shared one


@pytest.fixture
def kept(known_outputs: None) -> Iterator["Table"]:
    """The ledger's table, in memory."""
    with mock_aws():
        yield create_ledger(
            boto3.resource("dynamodb", "us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
        )
