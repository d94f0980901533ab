"""Which of a function's environment variables each adapter is made from, and that each is made once."""

import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID

from gantry.aws.session_policy import session_policy
from gantry.handlers import entry
from gantry.promotion.errors import AlarmNotFoundError, ArtifactNotFoundError, MailError, UnknownTargetKindError
from gantry.promotion.events import Event
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.masking import Masking
from gantry.promotion.messages import Message
from gantry.promotion.target import Target
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.registry import KINDS, rights_of
from gantry.use_cases.services import Services
from tests.unit.ledger_table import create_ledger
from tests.unit.recorded_history import recorded_history

ADAPTERS = {
    "ledger": ["LEDGER_TABLE"],
    "leases": ["LEDGER_TABLE"],
    "quarantines": ["LEDGER_TABLE"],
    "claims": ["LEDGER_TABLE"],
    "approvals": ["LEDGER_TABLE"],
    "bakes": ["LEDGER_TABLE"],
    "notification_log": ["LEDGER_TABLE"],
    "events": ["EVENT_BUS"],
    "topic": ["NOTIFICATION_TOPIC"],
    "mail": ["MAIL_SENDER", "MAIL_EVENTS"],
    "executions": [],
    "repairs": ["REPAIR_FUNCTION"],
    "manifests": ["MANIFEST_BUCKET"],
    "images": [],
    "accounts": ["TARGET_ROLE", "EXTERNAL_ID"],
    "kinds": ["TARGET_ROLE", "EXTERNAL_ID", "REGISTRY_ACCOUNT", "METRICS_DELAY"],
    "masking": ["MASKING_KEY"],
}
ENVIRONMENT = {
    "LEDGER_TABLE": "ledger",
    "EVENT_BUS": "a-bus",
    "NOTIFICATION_TOPIC": f"arn:aws:sns:us-east-1:{DEFAULT_ACCOUNT_ID}:people",
    "MAIL_SENDER": "gantry@example.com",
    "MAIL_EVENTS": "gantry-approvals",
    "REPAIR_FUNCTION": "repair-target",
    "MANIFEST_BUCKET": "manifests",
    "TARGET_ROLE": "gantry/gantry/gantry-target",
    "EXTERNAL_ID": "gantry-1",
    "REGISTRY_ACCOUNT": "111111111111",
    "METRICS_DELAY": "120",
    "MASKING_KEY": "masking",
    "APPROVAL_BASE_URL": "https://approvals.example.com/",
    "SIGN_IN_ISSUER": "",
}
TARGET = LambdaTarget("222222222222", "us-east-1", "cowsay", "live").as_target()
ENTRY = HistoryEntry("cowsay", "2026-11-22T09:30:00.000Z", HistoryKind.PROMOTION_STARTED, "arn:one")


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    with pytest.MonkeyPatch.context() as patched:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patched.setenv(name, "testing")
        patched.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with mock_aws():
            create_ledger(boto3.resource("dynamodb"))
            yield Services(ENVIRONMENT)


@pytest.mark.parametrize(("name", "variables"), ADAPTERS.items())
def test_an_adapter_needs_only_its_own_variables_and_is_made_once(name: str, variables: list[str]) -> None:
    made = Services({each: ENVIRONMENT[each] for each in variables})
    assert getattr(made, name) is getattr(made, name)
    for missing in variables:
        with pytest.raises(KeyError, match=missing):
            getattr(Services({each: "" for each in variables if each != missing}), name)


def test_what_is_recorded_lies_in_the_ledgers_table(services: Services) -> None:
    services.ledger.record(ENTRY)
    table = boto3.resource("dynamodb").Table("ledger")
    assert recorded_history(table) == [ENTRY]
    assert table.scan()["Count"] == 1


def test_a_manifest_lies_in_the_bucket(services: Services) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="manifests")
    s3.put_bucket_versioning(Bucket="manifests", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="manifests", Key="services/cowsay.yaml", Body=b"repository: cowsay")
    found = services.manifests.latest("cowsay")
    assert found is not None
    assert found[0] == "repository: cowsay"


def test_notifications_go_to_the_bus_and_the_topic(services: Services) -> None:
    boto3.client("events").create_event_bus(Name="a-bus")
    boto3.client("sns").create_topic(Name="people")
    services.events.publish(Event("Promotion Started", {}))
    services.topic.publish(Message("cowsay: promotion completed", "live"))


def test_values_are_masked_by_the_key_of_the_stack(services: Services) -> None:
    boto3.client("secretsmanager").create_secret(Name="masking", SecretString="the key")
    assert services.masking.value("TOKEN", "x") == Masking(lambda: b"the key").value("TOKEN", "x")


def test_mail_comes_from_the_sender(services: Services) -> None:
    with pytest.raises(MailError, match=r"gantry@example\.com"):
        services.mail.send("ops@example.com", "subject", "text", "<p>html</p>", {})


def test_the_pipelines_own_account_holds_executions_images_and_the_repair(services: Services) -> None:
    arn = f"arn:aws:states:us-east-1:{DEFAULT_ACCOUNT_ID}:execution:gantry-promotion:one"
    assert not services.executions.is_running(arn)
    with pytest.raises(ArtifactNotFoundError, match="cowsay"):
        services.images.resolve("cowsay", "x86_64", tag="4f0c2d1")
    with pytest.raises(ClientError, match="repair-target"):
        services.repairs.ask_for(TARGET)


def test_alarms_are_those_of_the_targets_account_and_region(services: Services) -> None:
    client: Any = services.accounts.client("cloudwatch", TARGET)
    client.put_metric_alarm(AlarmName="errors", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold")
    assert services.alarms(TARGET).states(["errors"]).keys() == {"errors"}
    elsewhere = LambdaTarget("333333333333", "us-east-1", "cowsay", "live").as_target()
    with pytest.raises(AlarmNotFoundError, match="333333333333"):
        services.alarms(elsewhere).states(["errors"])


def test_a_session_has_the_rights_that_the_kind_gives_to_its_target(services: Services) -> None:
    target, asked = LambdaTarget("222222222222", "us-east-1", "fortune", "live").as_target(), []
    sts: Any = services.accounts._sts
    sts.meta.events.register("provide-client-params.sts.AssumeRole", lambda params, **_: asked.append(params["Policy"]))
    services.alarms(target)
    services.accounts.client("lambda", target)
    assert asked == [session_policy(rights_of(target))]


def test_cloudtrail_in_a_workload_account_shows_which_function_has_called(services: Services) -> None:
    function = Services(ENVIRONMENT | {"AWS_LAMBDA_FUNCTION_NAME": "gantry-ShiftTraffic"})
    asked: list[str] = []
    for each in (services, function):
        sts: Any = each.accounts._sts
        sts.meta.events.register(
            "provide-client-params.sts.AssumeRole", lambda params, **_: asked.append(params["RoleSessionName"])
        )
        each.alarms(LambdaTarget("222222222222", "us-east-1", "lolcat", "live").as_target())
    assert asked == ["gantry", "gantry-ShiftTraffic"]


def test_a_kind_is_found_by_its_name(services: Services) -> None:
    assert services.kinds.of(TARGET).routing(TARGET) is None
    with pytest.raises(UnknownTargetKindError):
        services.kinds.of(Target("unheard-of", "222222222222", "us-east-1", "cowsay", "arn"))


def test_what_a_target_needs_is_imported_and_read_before_there_is_a_target(services: Services) -> None:
    assert services.expect_targets("lambda") is services.kinds
    assert {f"{package}.making" for package in KINDS.values()} <= set(sys.modules)


@pytest.mark.parametrize(("issuer", "known"), [("", None), ("https://login.example.com", "https://login.example.com")])
def test_approvers_find_their_pages_and_where_to_sign_in(issuer: str, known: str | None) -> None:
    services = Services(ENVIRONMENT | {"SIGN_IN_ISSUER": issuer})
    assert services.approval_base_url == "https://approvals.example.com"
    assert services.sign_in_issuer == known


def test_a_function_makes_its_services_once_for_each_cold_start() -> None:
    assert isinstance(entry.services(), Services)
    assert entry.services() is entry.services()
