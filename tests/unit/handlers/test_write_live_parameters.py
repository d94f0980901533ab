"""WriteLiveParameters: parameters say what the ledger says, whatever order the messages come in."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gantry.handlers import entry
from gantry.handlers.event_rules import write_live_parameters
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor
from gantry.promotion.live_parameter.errors import LiveParameterError
from gantry.promotion.target import Target
from gantry.use_cases.services import Services
from tests.unit.handlers.fake_parameters import FakeParameters
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import DEPLOYMENT, FENCE, OTHER_TARGET, ROOT, TARGET, invoke
from tests.unit.handlers.records import BEFORE, contender, digest_of, live, record_lease, record_live

if TYPE_CHECKING:
    from gantry.promotion.live import Live

pytestmark = pytest.mark.usefixtures("ledger", "bucket")
HERE, THERE = "444444444444/us-east-1", "444444444444/eu-west-1"
OWN, OF_PROD = "/gantry/cowsay/prod/targets/cowsay.live/live", "/gantry/cowsay/prod/live"


@pytest.fixture
def parameters(services: Services) -> FakeParameters:
    store = FakeParameters()
    vars(services)["live_parameter"] = store.of
    return store


def deliver(service: str = "cowsay", environment: str = "prod", target: str | None = None) -> Any:
    event = json.loads((ROOT / "events" / "write_live_parameters.json").read_text())
    body = json.loads(event["Records"][0]["body"])
    body["detail"] |= {"service": service, "environment": environment, "target": target}
    event["Records"][0]["body"] = json.dumps(body)
    return invoke(write_live_parameters.handler, event)


def said(parameters: FakeParameters, name: str = OF_PROD, where: str = HERE) -> Any:
    return json.loads(parameters.values[f"{where}{name}"])


def test_what_is_live_is_in_the_parameters_of_its_account_and_region(parameters: FakeParameters) -> None:
    upload()
    record_live(live(2, 1))
    assert deliver() == {"changed": [f"{HERE}{OWN}", f"{HERE}{OF_PROD}"], "unchanged": 0}
    image = f"111111111111.dkr.ecr.us-east-1.amazonaws.com/cowsay@{digest_of(2)}"
    assert said(parameters) == said(parameters, OWN)
    assert said(parameters) == {
        "service": "cowsay",
        "environment": "prod",
        "state": "live",
        "target": TARGET.id,
        "kind": "lambda",
        "digest": digest_of(2),
        "tag": "tag2",
        "image": image,
        "bucket": None,
        "key": None,
        "version_id": None,
        "revision": "2",
        "manifest_revision": "revision-2",
        "repository": None,
        "commit": None,
        "execution": f"{DEPLOYMENT}-2",
        "since": BEFORE,
    }


def test_an_object_is_named_by_bucket_key_and_version(parameters: FakeParameters) -> None:
    found = live(2)
    current = replace(found.current, artifact_version="v2")
    record_live(replace(found, service="s3/acme/jobs/etl.py", current=current))
    deliver("s3/acme/jobs/etl.py")
    value = said(parameters, "/gantry/s3/acme/jobs/etl.py/prod/live")
    assert (value["bucket"], value["key"], value["version_id"]) == ("acme", "jobs/etl.py", "v2")
    assert value["image"] is None


def test_an_object_whose_version_nobody_recorded_is_no_image(parameters: FakeParameters) -> None:
    record_live(replace(live(2), service="s3/acme/jobs/etl.py"))
    deliver("s3/acme/jobs/etl.py")
    value = said(parameters, "/gantry/s3/acme/jobs/etl.py/prod/live")
    assert (value["digest"], value["image"], value["bucket"]) == (digest_of(2), None, None)


def test_a_rollback_brings_back_what_was_said_before(parameters: FakeParameters) -> None:
    record_live(live(1))
    deliver()
    before = said(parameters)
    record_live(live(2, 1))
    deliver()
    record_live(live(1))
    deliver()
    assert said(parameters) == before
    assert len(parameters.written) == 6


def test_a_message_that_comes_twice_writes_nothing(parameters: FakeParameters) -> None:
    record_live(live(2))
    deliver()
    assert deliver() == {"changed": [], "unchanged": 2}
    assert len(parameters.written) == 2


def test_what_somebody_else_wrote_is_put_right(parameters: FakeParameters) -> None:
    record_live(live(2))
    deliver()
    parameters.values[f"{HERE}{OF_PROD}"] = "nonsense"
    assert deliver()["changed"] == [f"{HERE}{OF_PROD}"]
    assert said(parameters)["tag"] == "tag2"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=1, max_size=6))
def test_late_repeated_and_lost_messages_end_in_the_same(
    parameters: FakeParameters, changes: list[tuple[int, bool]]
) -> None:
    for number, is_delivered in changes:
        record_live(live(number))
        if is_delivered:
            deliver(target=TARGET.id)
    deliver(target=TARGET.id)
    assert said(parameters)["digest"] == said(parameters, OWN)["digest"] == digest_of(changes[-1][0])


def test_what_changes_while_it_is_written_is_written_too(parameters: FakeParameters) -> None:
    """Two of these may run at once, so the older must not have the last word."""
    record_live(live(1))
    parameters.meanwhile.append(lambda: record_live(live(2, 1)))
    deliver()
    assert said(parameters)["digest"] == said(parameters, OWN)["digest"] == digest_of(2)


def test_between_two_waves_the_environment_names_no_release_and_each_region_its_own(
    parameters: FakeParameters,
) -> None:
    beside = replace(TARGET, name="cowsay-worker/live")
    record_live(live(2), live(1, target=beside), live(1, target=OTHER_TARGET))
    deliver()
    assert (said(parameters)["state"], said(parameters)["digest"]) == ("mixed", None)
    assert said(parameters, OWN)["digest"] == digest_of(2)
    assert said(parameters, where=THERE)["digest"] == digest_of(1)


def test_after_a_deployment_only_its_account_and_region_are_looked_at(parameters: FakeParameters) -> None:
    """Otherwise forty targets would read forty times forty parameters."""
    beside = replace(TARGET, name="cowsay-worker/live")
    record_live(live(2), live(2, target=beside), live(2, target=OTHER_TARGET))
    parameters.closed.add(THERE)
    worker = f"{HERE}/gantry/cowsay/prod/targets/cowsay-worker.live/live"
    assert sorted(deliver(target=TARGET.id)["changed"]) == sorted([f"{HERE}{OWN}", worker, f"{HERE}{OF_PROD}"])
    parameters.closed.clear()
    assert deliver()["changed"] == [f"{THERE}{OWN}", f"{THERE}{OF_PROD}"]


def test_a_region_that_refuses_holds_up_no_other_and_brings_the_message_back(parameters: FakeParameters) -> None:
    record_live(live(2), live(2, target=OTHER_TARGET))
    parameters.closed.add(HERE)
    with pytest.raises(LiveParameterError) as error:
        deliver()
    assert str(error.value).count(HERE) == 2
    assert said(parameters, where=THERE)["digest"] == digest_of(2)
    parameters.closed.clear()
    assert len(deliver()["changed"]) == 2


def test_what_the_manifest_has_no_more_still_says_what_is_live(parameters: FakeParameters) -> None:
    upload(MANIFEST)
    beside = replace(TARGET, name="cowsay-worker/live")
    record_live(live(2), live(1, target=beside), live(1, target=beside, environment="retired"))
    deliver()
    deliver(environment="retired")
    assert said(parameters)["digest"] == digest_of(2)
    assert said(parameters, "/gantry/cowsay/prod/targets/cowsay-worker.live/live")["digest"] == digest_of(1)
    assert said(parameters, "/gantry/cowsay/retired/live")["digest"] == digest_of(1)


@pytest.mark.parametrize("manifest", [None, "nonsense: ["])
def test_without_a_manifest_that_can_be_read_all_that_is_live_counts(
    parameters: FakeParameters, manifest: str | None
) -> None:
    if manifest:
        upload(manifest)
    record_live(live(2))
    deliver()
    assert said(parameters)["digest"] == digest_of(2)


def goes_live(service: str, environment: str, number: int, target: Target = TARGET) -> None:
    """As the end of a deployment records it, for whoever has the lease."""
    known = entry.services().leases.get(target)
    record_lease(replace(known, fence=FENCE, holder=replace(contender(), service=service, environment=environment)))
    found: Live = replace(live(number, target=target), service=service, environment=environment)
    completed = HistoryEntry(
        service, BEFORE, HistoryKind.DEPLOYMENT_COMPLETED, DEPLOYMENT, environment, target.id, {"revision": str(number)}
    )
    entry.services().ledger.end(completed, target, FENCE, live=found)


def test_a_target_that_another_service_has_taken_over_is_not_called_the_first_ones(parameters: FakeParameters) -> None:
    record_lease(Lease(TARGET))
    goes_live("cowsay", "prod", 1)
    deliver()
    goes_live("moosay", "prod", 2)
    deliver("moosay")
    assert (said(parameters)["state"], said(parameters)["digest"]) == ("gone", None)
    assert said(parameters, OWN)["state"] == "gone"
    assert said(parameters, "/gantry/moosay/prod/live")["digest"] == digest_of(2)

    goes_live("cowsay", "prod", 3)
    deliver()
    assert said(parameters)["digest"] == said(parameters, OWN)["digest"] == digest_of(3)
    assert said(parameters, "/gantry/moosay/prod/live")["state"] == "gone"


def test_a_target_that_has_moved_to_another_environment_is_not_in_the_first_any_more(
    parameters: FakeParameters,
) -> None:
    record_lease(Lease(TARGET))
    goes_live("cowsay", "staging", 1)
    deliver(environment="staging")
    goes_live("cowsay", "prod", 2)
    deliver()
    assert said(parameters, "/gantry/cowsay/staging/live")["state"] == "gone"
    assert entry.services().ledger.taken_from("cowsay", "prod") == (LiveFor("cowsay", "staging"),)


def test_nothing_live_is_nothing_to_write(parameters: FakeParameters) -> None:
    assert deliver() == {"changed": [], "unchanged": 0}
    assert parameters.values == {}
