"""An AWS that is not there: fake credentials, the ledger's table in moto, and clients that only know given answers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from gantry.aws import clients
from gantry.aws.leases import Leases
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from tests.unit.ledger_table import create_ledger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table

REGION = "us-east-1"


@pytest.fixture(autouse=True)
def no_real_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("LEDGER_TABLE", "ledger")
    forget_clients()
    yield
    forget_clients()


def forget_clients() -> None:
    clients.client.cache_clear()
    clients.ledger_table.cache_clear()


@pytest.fixture
def target() -> Target:
    return Target("222222222222", REGION, "cowsay", "live", "arn:aws:iam::222222222222:role/cowsay")


@pytest.fixture
def release() -> Release:
    return Release("cowsay", "sha256:" + "a" * 64, "revision-1", "4f0c2d1")


@pytest.fixture
def deployment(release: Release) -> Contender:
    """A deployment that wants to change the target, or may."""
    arn = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-8"
    return Contender(
        arn, "cowsay", "prod", "2026-11-22T12:00:00.000Z", "2026-11-22T11:30:00.000Z", release, "token-of-release-8"
    )


@pytest.fixture(scope="session")
def dynamodb() -> "DynamoDBServiceResource":
    """Made once, because making one takes longer than most of the tests that use it."""
    return boto3.resource("dynamodb", REGION, aws_access_key_id="testing", aws_secret_access_key="testing")


@pytest.fixture
def table(dynamodb: "DynamoDBServiceResource") -> Iterator["Table"]:
    with mock_aws():
        yield create_ledger(dynamodb)


@pytest.fixture
def leases(table: "Table") -> Leases:
    return Leases(table)


@pytest.fixture
def held(leases: Leases, target: Target, deployment: Contender) -> Lease:
    """The target's lease, in the deployment's hands."""
    return leases.change(target, lambda now: now.joined(deployment).told(deployment))


@pytest.fixture
def stubbed() -> Iterator[Callable[[Any], Stubber]]:
    """Give a client answers instead of AWS; each of them must have been asked for at the end."""
    with ExitStack() as stack:
        stubbers: list[Stubber] = []

        def stub(client: Any) -> Stubber:
            stubbers.append(stack.enter_context(Stubber(client)))
            return stubbers[-1]

        yield stub
        for stubber in stubbers:
            stubber.assert_no_pending_responses()
