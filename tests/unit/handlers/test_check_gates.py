from dataclasses import asdict
from typing import Any

import boto3
import pytest
import yaml

from gantry.handlers.promotion_machine import check_gates
from gantry.promotion.errors import (
    AlarmNotFoundError,
    IncompatibleTargetError,
    ManifestError,
    QuarantinedError,
    TargetAccessError,
)
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from tests.unit.handlers.fake_function import LATEST
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import (
    ALARM,
    DIGEST,
    OTHER_TARGET,
    PROMOTION,
    TARGET,
    Said,
    as_json,
    invoke,
    payload,
    release_input,
)
from tests.unit.handlers.records import digest_of, record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket", "workloads")

HERE = {"account": "444444444444", "region": "us-east-1", "function": "cowsay", "alias": "live"}
ELSEWHERE, SECOND = {**HERE, "region": "eu-west-1"}, {**HERE, "alias": "batch"}
ASKED = {"approvers": ["ops@example.com"]}


def manifest(**own: Any) -> str:
    """One with an environment `prod`, in front of which somebody is asked and where one alarm watches."""
    prod = {"name": "prod", "targets": [HERE], "approval": ASKED, "alarms": [ALARM]} | own
    return yaml.safe_dump({"repository": "cowsay", "versioning": "git-sha", "environments": [prod]})


def check(revision: str, environment: str = "prod") -> Any:
    release = release_input() | {"manifest_revision": revision}
    promoted = [environment]
    event = payload(
        "CheckGates", release=release, environment=environment, promoted=promoted, releases={}, execution=PROMOTION
    )
    return invoke(check_gates.handler, event)


def forecast(**own: Any) -> Any:
    return check(upload(manifest(**{"traffic": "Canary10Percent5Minutes"} | own)))["forecast"]


OBJECT = {"kind": "s3_object", "digest": DIGEST, "location": "acme/cowsay.zip", "version": "v1", "copies": {}}


def check_object(**own: Any) -> Any:
    """A zip in front of `prod`."""
    document = yaml.safe_load(manifest(alarms=[], **own)) | {"artifact": {"bucket": "acme", "key": "cowsay.zip"}}
    del document["repository"], document["versioning"]
    service = "s3/acme/cowsay.zip"
    revision = upload(yaml.safe_dump(document), service=service)
    release = release_input() | {"service": service, "artifact": OBJECT, "manifest_revision": revision}
    event = payload(
        "CheckGates", release=release, environment="prod", promoted=["prod"], releases={}, execution=PROMOTION
    )
    return invoke(check_gates.handler, event)


def test_nobody_is_asked_about_a_zip_for_a_function_of_images(workloads: Workloads) -> None:
    workloads.function(TARGET).deployed(DIGEST, CONFIGURED)
    with pytest.raises(IncompatibleTargetError, match="is made of a container image, and the release is a zip"):
        check_object()
    workloads.function(TARGET).somebody_changes(LATEST, package_type="Zip")
    assert check_object()["environment"]["name"] == "prod"


def test_where_nobody_is_asked_the_inspection_of_the_target_says_it(workloads: Workloads) -> None:
    workloads.function(TARGET).deployed(DIGEST, CONFIGURED)
    assert check_object(approval=None)["environment"]["approval"] is None


def test_nobody_is_asked_about_an_image_for_a_function_of_zips(workloads: Workloads) -> None:
    workloads.function(TARGET).deployed(DIGEST, CONFIGURED)
    workloads.function(TARGET).somebody_changes(LATEST, package_type="Zip")
    with pytest.raises(IncompatibleTargetError, match="is made of a zip, and the release is a container image"):
        check(upload(manifest(alarms=[])))


@pytest.fixture
def _quiet_alarm(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now = {ALARM: "OK"}


@pytest.mark.usefixtures("_quiet_alarm")
def test_approvers_get_to_know_how_long_a_verdict_takes_by_last_weeks_traffic(workloads: Workloads) -> None:
    assert forecast().startswith(f"{TARGET.id} had 12 requests a second last week. A canary as good as the stable")
    workloads.metrics(TARGET).rate = 0.001
    assert "This would help: " in forecast()


@pytest.mark.usefixtures("_quiet_alarm")
@pytest.mark.parametrize(("timeout", "minutes"), [({}, 3), ({"timeout_seconds": 900}, 18)])
def test_the_forecast_counts_how_late_evidence_is(timeout: Any, minutes: int) -> None:
    assert f" of evidence, which is {minutes} minutes late" in forecast(configuration=timeout)


@pytest.mark.usefixtures("_quiet_alarm")
def test_unknown_traffic_keeps_nobody_from_being_asked(workloads: Workloads) -> None:
    workloads.metrics(TARGET).rate = None
    assert "is not known" in forecast()


@pytest.mark.usefixtures("_quiet_alarm")
@pytest.mark.parametrize("own", [{"approval": None}, {"traffic": "AllAtOnce"}, {"judge": "observe"}])
def test_where_nobody_is_asked_or_nothing_is_judged_there_is_no_forecast(own: Any) -> None:
    assert forecast(**own) is None


def firing(**own: Any) -> Any:
    return check(upload(manifest(**own)))["firing"]


def test_the_regions_of_targets_that_are_not_the_pipelines_own_are_told_apart() -> None:
    further = {**HERE, "region": "eu-central-1"}
    revision = upload(manifest(targets=[ELSEWHERE, HERE, SECOND, further], alarms=[]))
    assert check(revision)["elsewhere"] == ["eu-central-1", "eu-west-1"]
    assert check(upload(manifest(targets=[HERE, SECOND], alarms=[])))["elsewhere"] == []


def test_the_environment_comes_with_everything_that_the_machine_needs() -> None:
    assert check(upload(), "dev")["environment"] == {
        "name": "dev",
        "targets": [
            {
                "kind": "lambda",
                "account": "222222222222",
                "region": "us-east-1",
                "name": "cowsay/live",
                "arn": "arn:aws:lambda:us-east-1:222222222222:function:cowsay:live",
                "settings": {},
                "options": {},
                "references": {},
            }
        ],
        "approval": None,
        "plan": [],
        "alarms": [],
        "configuration": {"timeout_seconds": 10, "environment": {"TO_SAY": "Hello from dev"}},
        "judge": as_json(asdict(JudgeSettings())),
        "checks": {"before_traffic": [], "during_bake": None},
        "waves": {"first": 1, "then": 10, "by_region": True},
        "on_failure": "stop",
        "sharing_drafts": [],
        "needs": [],
        "needs_within_seconds": 86_400,
        "architecture": "x86_64",
        "deployment_seconds": 3600,
        "carried": {
            "Traffic": "all at once",
            "Alarms": "none, so no alarm can stop a bad release",
            "Approvers": "nobody is asked",
        },
    }


def test_an_environment_with_an_approval_and_steps_comes_with_them(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now = {ALARM: "OK"}
    prod = check(upload(f"architecture: arm64\n{MANIFEST}"))["environment"]
    assert (prod["name"], prod["alarms"], prod["architecture"]) == ("prod", [ALARM], "arm64")
    assert prod["approval"] == as_json(asdict(ApprovalPolicy(("ops@example.com",), 72 * 3600)))
    assert prod["plan"] == [{"weight": 10, "bake_seconds": 300}, {"weight": 50, "bake_seconds": 600}]
    assert prod["deployment_seconds"] == 24 * 3600, "people may let it be watched longer"


def test_a_manifest_that_was_uploaded_since_the_release_was_resolved_changes_nothing() -> None:
    revision = upload(manifest(approval=None, minimum_requests=7))
    before = check(revision)
    upload(manifest(approval=None, minimum_requests=8))
    assert check(revision) == before
    assert before["environment"]["judge"]["minimum_requests"] == 7


def test_a_manifest_that_was_deleted_since_is_read_as_it_was() -> None:
    revision = upload(manifest(approval=None))
    boto3.client("s3").delete_object(Bucket="manifests", Key="services/cowsay.yaml")
    assert check(revision)["environment"]["name"] == "prod"


def test_without_its_revision_of_the_manifest_the_release_goes_nowhere_and_the_error_says_so() -> None:
    revision = upload(manifest())
    upload(manifest())
    boto3.client("s3").delete_object(Bucket="manifests", Key="services/cowsay.yaml", VersionId=revision)
    with pytest.raises(ManifestError, match=f"version {revision} of .*/cowsay.yaml was deleted.*start the promotion"):
        check(revision)


def test_where_nobody_approves_no_alarm_is_looked_at(workloads: Workloads) -> None:
    workloads.closed.add(TARGET.account)
    assert firing(approval=None) == []


def test_approvers_see_each_alarm_that_fires_already_and_where(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now = {ALARM: "ALARM", "slow": "OK", "busy": "INSUFFICIENT_DATA"}
    workloads.alarms(OTHER_TARGET).now = {ALARM: "OK", "slow": "ALARM", "busy": "OK"}
    found = firing(targets=[HERE, ELSEWHERE, SECOND], alarms=[ALARM, "slow", "busy"])
    assert found == [f"{ALARM} in 444444444444/us-east-1", "slow in 444444444444/eu-west-1"]


def test_without_alarms_nothing_fires() -> None:
    assert firing(alarms=[]) == []


def test_nobody_is_asked_about_what_could_not_be_watched() -> None:
    with pytest.raises(AlarmNotFoundError, match=ALARM):
        firing()


def test_nobody_is_asked_about_an_account_that_lets_nobody_in(workloads: Workloads) -> None:
    workloads.closed.add(TARGET.account)
    with pytest.raises(TargetAccessError, match=TARGET.account):
        firing()


@pytest.mark.parametrize("approval", [None, ASKED])
def test_a_digest_in_quarantine_is_kept_out_and_the_refusal_says_how_to_release_it(
    approval: dict[str, Any] | None,
) -> None:
    record_quarantine(DIGEST)
    with pytest.raises(QuarantinedError, match="release_from_quarantine") as raised:
        firing(approval=approval)
    assert DIGEST in str(raised.value)


def test_the_quarantine_of_another_digest_keeps_nothing_out() -> None:
    record_quarantine(digest_of(1))
    assert firing(approval=None) == []


def test_checking_changes_nothing(workloads: Workloads, items: Said) -> None:
    workloads.alarms(TARGET).now = {ALARM: "ALARM"}
    record_quarantine(digest_of(1))
    kept, revision = items(), upload(manifest())
    assert check(revision) == check(revision)
    assert items() == kept


CONFIGURED = LambdaConfiguration(256, 10, 512, {"TO_SAY": "Moo"}, [], "arn:aws:iam::444444444444:role/cowsay", [], "")
IN_VPC = Infrastructure({"subnets": "subnet-1", "tracing": "Active"})


def drafts(**own: Any) -> Any:
    return check(upload(manifest(**own)))["drafts"]


@pytest.fixture
def deployed(workloads: Workloads) -> None:
    """A live version, and a draft in which others have left something."""
    workloads.alarms(TARGET).now = {ALARM: "OK"}
    function = workloads.function(TARGET)
    workloads.alias(TARGET).current = Routing(function.deployed(DIGEST, CONFIGURED))
    draft = LambdaConfiguration(1024, 60, 512, {"DB": "dev-db"}, ["evil"], f"{CONFIGURED.role}-2", [], "")
    function.somebody_changes(LATEST, configuration=draft, role=f"{CONFIGURED.role}-2", infrastructure=IN_VPC)


TAKEN = {"infrastructure.subnets": "subnet-1", "infrastructure.tracing": "Active"}


@pytest.mark.usefixtures("deployed")
def test_the_approvers_get_what_only_infrastructure_sets_and_nothing_else_of_the_draft() -> None:
    assert drafts() == [TAKEN | {"role": f"{CONFIGURED.role}-2"}]
    assert drafts(targets=[HERE | {"role": CONFIGURED.role}]) == [TAKEN]


@pytest.mark.usefixtures("deployed")
def test_before_a_first_deployment_they_get_all_that_the_manifest_does_not_give(workloads: Workloads) -> None:
    workloads.alias(TARGET).current = None
    (draft,) = drafts(configuration={"memory_mb": 512, "environment": {}})
    assert "memory_mb" not in draft
    assert not any(key.startswith("environment") for key in draft)
    assert draft.items() >= (TAKEN | {"timeout_seconds": "60", "command": '["evil"]'}).items()


def test_before_a_function_exists_they_get_what_lambda_creates_it_with(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now = {ALARM: "OK"}
    (draft,) = drafts(configuration={"memory_mb": 512, "environment": {"TO_SAY": "Moo"}})
    assert draft == {
        "timeout_seconds": "3",
        "ephemeral_storage_mb": "512",
        "command": "[]",
        "entry_point": "[]",
        "working_directory": "the image's own",
        "infrastructure": "none",
    }


@pytest.mark.usefixtures("deployed")
def test_where_nobody_approves_no_draft_is_looked_at() -> None:
    assert drafts(approval=None) == [{}]
