"""The pipeline's own account in moto, the workload accounts in memory, and what the handlers said afterwards."""

import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends

from gantry.aws.clients import aws
from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.use_cases.services import Services
from sandbox.stand_in.git_host.server import GitHost
from tests.unit.handlers.fakes import FakePolicyFile
from tests.unit.handlers.git_host import github_of
from tests.unit.handlers.ledger_pages import LedgerPages
from tests.unit.handlers.mails import Mailed, Received
from tests.unit.handlers.payloads import SENDER
from tests.unit.handlers.records import empty_ledger
from tests.unit.handlers.workloads import Workloads
from tests.unit.ledger_table import create_ledger
from tests.unit.masked import MASKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

SESSION = boto3.Session("testing", "testing", region_name="us-east-1")
"""Shared by all tests: reading the descriptions of the services takes longer than most of the tests."""
READ = LedgerPages()
aws().events.register("before-call.dynamodb.Query", READ.ask)
aws().events.register("after-call.dynamodb.Query", READ.see)


@pytest.fixture(autouse=True, scope="module")
def account() -> Iterator[None]:
    """An account that stands in for the assets account. What a test leaves there is cleared before the next one."""
    settings = {
        "LEDGER_TABLE": "ledger",
        "MANIFEST_BUCKET": "manifests",
        "METRICS_DELAY": "180",
        "EVENT_BUS": "default",
        "NOTIFICATION_TOPIC": f"arn:aws:sns:us-east-1:{DEFAULT_ACCOUNT_ID}:people",
        "REGISTRY_ACCOUNT": "111111111111",
        "APPROVAL_BASE_URL": "https://approvals.example.com/",
        "MAIL_SENDER": SENDER,
        "MAIL_EVENTS": "gantry-approvals",
        "SIGN_IN_ISSUER": "",
        "HOOK_ROLE": "gantry-hooks",
        "LIVE_PARAMETERS": "false",
        "PROMOTION_MACHINE": "arn:aws:states:us-east-1:111111111111:stateMachine:gantry-promotion",
    }
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_DEFAULT_REGION", SESSION.region_name)
        monkeypatch.setattr(metrics.provider, "namespace", "Gantry")
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", SESSION)
        with mock_aws(config={"core": {"reset_boto3_session": False}}):
            yield


@pytest.fixture(scope="module")
def _adapters(account: None) -> dict[str, Any]:
    """The adapters that no test replaces, made once: making a client takes longer than most of the tests."""
    made = Services(os.environ)
    names = (
        "ledger",
        "leases",
        "quarantines",
        "claims",
        "approvals",
        "bakes",
        "hooks",
        "notification_log",
        "events",
        "topic",
    )
    return {name: getattr(made, name) for name in (*names, "mail", "manifests", "promotion_starts")}


@pytest.fixture(autouse=True)
def services(_adapters: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Services:
    """The services of all handlers."""
    made = Services(os.environ)
    vars(made).update(_adapters, policy_file=FakePolicyFile(), masking=MASKING)
    monkeypatch.setattr(entry, "services", lambda: made)
    return made


@pytest.fixture(scope="module")
def _table(account: None) -> "Table":
    return create_ledger(boto3.resource("dynamodb"))


@pytest.fixture
def ledger(_table: "Table") -> "Table":
    """The ledger, empty."""
    empty_ledger()
    return _table


@pytest.fixture(autouse=True)
def pages() -> Iterator[LedgerPages]:
    """What the handlers have read of the ledger, page by page.

    They never read the history, which has no bound, but for a search that has one.
    """
    READ.clear()
    yield READ
    assert READ.of_history == 0


@pytest.fixture
def items(ledger: "Table") -> Callable[[], list[dict[str, Any]]]:
    """Everything in the ledger."""
    return lambda: sorted(ledger.scan()["Items"], key=lambda item: (str(item["pk"]), str(item["sk"])))


@pytest.fixture
def workloads(services: Services) -> Workloads:
    """Workload accounts without anything in them."""
    there = Workloads()
    there.put_into(services)
    return there


@pytest.fixture(scope="module")
def _bucket(account: None) -> None:
    boto3.client("s3").create_bucket(Bucket="manifests")
    boto3.client("s3").put_bucket_versioning(Bucket="manifests", VersioningConfiguration={"Status": "Enabled"})


@pytest.fixture
def bucket(_bucket: None) -> None:
    """The manifests' bucket, empty."""
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets["manifests"].keys.clear()


@pytest.fixture(scope="module")
def _everything_announced(account: None) -> Callable[[], list[dict[str, Any]]]:
    sqs, events = boto3.client("sqs"), boto3.client("events")
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    events.put_rule(Name="everything", EventPattern=json.dumps({"source": ["promotion.pipeline"]}))
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_targets(Rule="everything", Targets=[{"Id": "queue", "Arn": arn}])

    def drain() -> list[dict[str, Any]]:
        found = []
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    return drain


@pytest.fixture
def announced(_everything_announced: Callable[[], list[dict[str, Any]]]) -> Callable[[], list[dict[str, Any]]]:
    """The events that the pipeline put onto its bus since it was asked last."""
    _everything_announced()
    return _everything_announced


@pytest.fixture
def told(account: None) -> Callable[[], list[tuple[str, str]]]:
    """Subject and text of everything that people were told through the topic."""
    arn = boto3.client("sns").create_topic(Name="people")["TopicArn"]
    sent = sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].topics[arn].sent_notifications
    sent.clear()
    return lambda: [(str(subject), message) for _, message, subject, *_ in sent]


@pytest.fixture
def mailed(account: None) -> Mailed:
    """Every mail that SES took from the verified sender."""
    ses = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    ses.verify_email_identity(SENDER)
    ses.sent_messages.clear()
    return lambda: [Received.of(message) for message in ses.sent_messages]


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every line that was logged, with everything in it."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(logger.registered_formatter.format(record))

    keep = Keep()
    logger.addHandler(keep)
    yield lines
    logging.getLogger(logger.name).removeHandler(keep)


@pytest.fixture
def github(services: Services, tmp_path: Path) -> Iterator[GitHost]:
    """A GitHub, which the pipeline has an App on."""
    with github_of(services, tmp_path) as running:
        yield running


@pytest.fixture
def counted(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, float]]:
    """The metrics that were written since it was asked last."""

    def read() -> dict[str, float]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        return {name: value[0] for line in lines for name, value in line.items() if isinstance(value, list)}

    return read
