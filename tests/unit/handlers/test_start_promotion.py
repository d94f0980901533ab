"""A push is recorded under its execution's name, and then started: once, whatever is delivered or dies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from gantry.handlers.event_rules import start_promotion
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.promotion_start import PromotionStart
from gantry.promotion.timestamps import iso
from gantry.use_cases.services import Services
from gantry.use_cases.start_promotion import StartConflictError
from tests.unit.handlers.payloads import DIGEST, STATES, Said, invoke
from tests.unit.handlers.pushes import object_event, push
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "workloads")

NAME = "push-13cde686-328b-6117-af20-0e5566167482"
EXECUTION = f"{STATES}:gantry-promotion:{NAME}"
INPUT = {"repository": "cowsay", "tag": "4f0c2d1", "digest": DIGEST}
RECORD = PromotionStart(NAME, "", "cowsay", "4f0c2d1", DIGEST)
"""Without the moment, which is the machine's own."""


def start(event: dict[str, Any] | None = None) -> Any:
    return invoke(start_promotion.handler, event or push())


def record(services: Services) -> PromotionStart | None:
    found = services.promotion_starts.get(NAME, iso(datetime.now(UTC)))
    return replace(found, at="") if found else None


def test_a_push_starts_an_execution_whose_record_says_that_it_was_one(workloads: Workloads, services: Services) -> None:
    assert start() == {"execution": EXECUTION}
    assert workloads.executions.started == {EXECUTION: INPUT}
    assert record(services) == RECORD


def test_a_second_delivery_of_the_event_starts_nothing_while_the_first_runs_or_afterwards(
    workloads: Workloads, items: Said
) -> None:
    first, kept = start(), items()
    assert start() == first
    workloads.executions.running.clear()
    assert start() == first
    assert items() == kept
    assert list(workloads.executions.started) == [EXECUTION]


def test_the_record_comes_before_the_execution_and_the_next_try_goes_on(
    workloads: Workloads, services: Services
) -> None:
    seen: list[PromotionStart | None] = []

    class Down:
        def start_once(self, *_: Any) -> bool:
            seen.append(record(services))
            raise InterruptedError

    vars(services)["executions"] = Down()
    with pytest.raises(InterruptedError):
        start()
    vars(services)["executions"] = workloads.executions
    assert seen == [RECORD]
    assert start() == {"execution": EXECUTION}
    assert workloads.executions.started == {EXECUTION: INPUT}


OBJECT = PromotionStart(
    NAME, "", "s3/acme/cowsay/app.zip", artifact=ArtifactKind.S3_OBJECT, version_id="IYV3p45BT0ac8hjHg1houSdS1a"
)
OBJECT_INPUT = {"artifact": {"bucket": "acme", "key": "cowsay/app.zip"}, "version_id": "IYV3p45BT0ac8hjHg1houSdS1a"}


def upload(key: str) -> None:
    boto3.client("s3").put_object(Bucket="manifests", Key=key, Body=b"")


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    "key",
    [
        "services/s3/acme/cowsay/app.zip.yaml",
        "s3/acme/cowsay/app.zip.yml",
        "services/acme/cowsay/app.zip.yaml",
        "services/s3/acme/cowsay/app.yaml",
        "services/acme/cowsay/App.yaml",
    ],
)
def test_an_object_starts_one_if_it_has_a_manifest_or_somebody_misplaced_it(
    workloads: Workloads, services: Services, key: str
) -> None:
    upload(key)
    assert start(object_event()) == {"execution": EXECUTION}
    assert workloads.executions.started == {EXECUTION: OBJECT_INPUT}
    assert record(services) == OBJECT


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("services/s3/acme/cowsay/app.zip.sig.yaml", ""),
        ("services/app.zip.yaml", "; services/app.zip.yaml may be meant for it: move it there"),
        ("services/cowsay/app.yaml", "; services/cowsay/app.yaml may be meant for it: move it there"),
    ],
)
def test_of_hundreds_of_objects_those_without_a_manifest_start_nothing(
    workloads: Workloads, key: str, hint: str
) -> None:
    upload(key)
    assert start(object_event()) == {"reason": f"the manifest bucket has no services/s3/acme/cowsay/app.zip.yaml{hint}"}
    assert workloads.executions.started == {}


@pytest.mark.usefixtures("bucket")
def test_what_lies_beside_an_object_is_not_taken_for_one_with_a_misplaced_manifest(workloads: Workloads) -> None:
    upload("services/s3/acme/cowsay/app.zip.yaml")
    reason = "the manifest bucket has no services/s3/acme/cowsay/app.zip.sig.yaml"
    assert start(object_event(key="cowsay/app.zip.sig")) == {"reason": reason}
    assert workloads.executions.started == {}


def test_an_object_that_no_service_can_be_called_after_starts_nothing(workloads: Workloads) -> None:
    assert "no service can be called s3/acme/a b.zip" in start(object_event(key="a b.zip"))["reason"]
    assert workloads.executions.started == {}


@pytest.mark.usefixtures("bucket")
def test_an_object_of_a_bucket_that_keeps_no_versions_starts_one_that_will_say_so(services: Services) -> None:
    upload("services/s3/acme/cowsay/app.zip.yaml")
    event = object_event()
    del event["detail"]["object"]["version-id"]
    start(event)
    assert record(services) == replace(OBJECT, version_id="null")


def test_an_execution_that_somebody_else_has_started_under_the_name_is_not_taken_for_the_pushs(
    workloads: Workloads,
) -> None:
    workloads.executions.started[EXECUTION] = {"repository": "other"}
    with pytest.raises(StartConflictError):
        start()


def test_a_record_is_deleted_by_itself_in_time_whenever_the_push_was(items: Said, services: Services) -> None:
    """Somebody may replay an old event from an archive. It stays a push, which somebody handled long ago."""
    start(push() | {"time": "2020-01-01T00:00:00Z"})
    (kept,) = items()
    assert kept["pk"] == f"start#{NAME}"
    in_28_days = datetime.now(UTC) + timedelta(days=28)
    assert 0 <= in_28_days.timestamp() - int(kept["expires_at"]) < 60
    assert record(services) == RECORD
