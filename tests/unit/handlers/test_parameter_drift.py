"""LookForDrift and CheckDrift: whether the parameters that tell of a target say what the ledger says."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gantry.handlers import entry
from gantry.handlers.event_rules import check_drift
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor
from gantry.promotion.timestamps import iso
from gantry.promotion.traffic import Routing
from gantry.use_cases.live_parameters.write_live_parameters import write_live_parameters
from gantry.use_cases.services import Services
from tests.unit.handlers.fake_parameters import FakeParameters
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import OLD_DIGEST, TARGET, Told, invoke
from tests.unit.handlers.previews import is_live
from tests.unit.handlers.records import record_lease, record_live
from tests.unit.handlers.test_look_for_drift import looked, published, target
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")
HERE = "444444444444/us-east-1"
OWN, OF_PROD = "/gantry/cowsay/prod/targets/cowsay.live/live", "/gantry/cowsay/prod/live"
COMMAND = "gantry write-live cowsay prod"


@pytest.fixture(autouse=True)
def parameters(
    bucket: None, ledger: Any, workloads: Workloads, services: Services, monkeypatch: pytest.MonkeyPatch
) -> FakeParameters:
    """Version 1 is live in prod, and alias and parameters say so."""
    monkeypatch.setenv("LIVE_PARAMETERS", "true")
    upload()
    is_live(workloads)
    record_lease(Lease(TARGET, live_for=LiveFor("cowsay", "prod")))
    store = FakeParameters()
    vars(services)["live_parameter"] = store.of
    write_live_parameters("cowsay", "prod", services)
    assert len(store.written) == 2
    return store


def change(parameters: FakeParameters, name: str = OF_PROD, **facts: Any) -> None:
    value = json.loads(parameters.values[f"{HERE}{name}"]) | facts
    parameters.values[f"{HERE}{name}"] = json.dumps(value, separators=(",", ":"))


def test_parameters_that_say_what_is_live_are_in_sync() -> None:
    assert (target()["state"], target()["differences"], target()["command"]) == ("SYNCED", [], None)


@pytest.mark.parametrize("name", [OWN, OF_PROD])
def test_one_that_says_something_else_is_told_with_the_command_that_puts_it_right(
    parameters: FakeParameters, services: Services, name: str
) -> None:
    change(parameters, name, digest="sha256:other", tag="other")
    one = target()
    assert (one["state"], one["command"]) == ("OUT_OF_SYNC", COMMAND)
    found = {each["what"]: (each["expected"], each["found"]) for each in one["differences"]}
    assert found[f"parameter {name} digest"] == (OLD_DIGEST, "sha256:other")
    assert set(found) == {f"parameter {name} digest", f"parameter {name} tag"}

    write_live_parameters("cowsay", "prod", services)
    assert target()["state"] == "SYNCED"


@pytest.mark.parametrize("text", [None, "nonsense", "[1]"])
def test_one_that_is_gone_or_is_no_json_is_told_whole(parameters: FakeParameters, text: str | None) -> None:
    del parameters.values[f"{HERE}{OWN}"]
    if text is not None:
        parameters.values[f"{HERE}{OWN}"] = text
    (difference,) = target()["differences"]
    assert (difference["what"], difference["found"]) == (f"parameter {OWN}", text)
    assert OLD_DIGEST in difference["expected"]


def test_where_none_was_ever_written_it_is_said_with_the_command_and_is_no_drift(
    parameters: FakeParameters, services: Services, told: Told
) -> None:
    """As after the first deployment of a Gantry that writes them. Nobody reads a wrong release."""
    parameters.values.clear()
    one = target()
    assert (one["state"], one["differences"], one["command"]) == ("SYNCED", [], COMMAND)
    assert "No parameter says so yet" in one["reason"]
    assert invoke(check_drift.handler, {}) == {"targets": 1, "out_of_sync": 0, "unknown": 0}
    assert list(told()) == []

    write_live_parameters("cowsay", "prod", services)
    assert (target()["state"], target()["reason"], target()["command"]) == ("SYNCED", None, None)


def test_where_none_was_ever_written_other_drift_is_told_all_the_same(
    parameters: FakeParameters, workloads: Workloads
) -> None:
    parameters.values.clear()
    workloads.alias(TARGET).somebody_makes_it(Routing(published(workloads)))
    one = target()
    assert (one["state"], one["reason"]) == ("OUT_OF_SYNC", None)
    assert one["command"].startswith("gantry rollback cowsay prod")


def test_the_same_facts_in_another_form_are_drift_too(parameters: FakeParameters) -> None:
    """CloudFormation splits the text at a key."""
    parameters.values[f"{HERE}{OWN}"] = json.dumps(json.loads(parameters.values[f"{HERE}{OWN}"]), indent=1)
    assert [each["what"] for each in target()["differences"]] == [f"parameter {OWN}"]


def test_one_that_cannot_be_read_is_unknown_and_never_green(parameters: FakeParameters) -> None:
    parameters.closed.add(HERE)
    one = target()
    assert (one["state"], one["command"]) == ("UNKNOWN", None)
    assert one["reason"].startswith("It runs what it should. The parameter /gantry/cowsay/prod/")


def test_what_has_only_just_changed_is_still_being_written(parameters: FakeParameters, workloads: Workloads) -> None:
    ledger = entry.services().ledger
    (live,) = ledger.live("cowsay", "prod")
    record_live(replace(live, current=replace(live.current, since=iso(datetime.now(UTC)))))
    one = target()
    assert (one["state"], one["reason"]) == ("DEPLOYING", "Its parameters are still being written")


def test_traffic_that_somebody_moved_is_told_first(parameters: FakeParameters, workloads: Workloads) -> None:
    change(parameters, digest="sha256:other")
    workloads.alias(TARGET).somebody_makes_it(Routing(published(workloads)))
    one = target()
    assert one["command"].startswith("gantry rollback cowsay prod")
    assert not [each for each in one["differences"] if each["what"].startswith("parameter")]


def test_a_pipeline_that_writes_none_compares_none(
    parameters: FakeParameters, monkeypatch: pytest.MonkeyPatch, services: Services
) -> None:
    parameters.values.clear()
    monkeypatch.setitem(services._environment, "LIVE_PARAMETERS", "false")
    assert looked()["state"] == "SYNCED"


def test_the_daily_look_tells_of_it_once_and_of_its_end(
    parameters: FakeParameters, services: Services, told: Told
) -> None:
    change(parameters, digest="sha256:other")
    assert invoke(check_drift.handler, {})["out_of_sync"] == 1
    assert invoke(check_drift.handler, {})["out_of_sync"] == 1
    (message,) = told()
    assert COMMAND in message[1]
    assert f"parameter {OF_PROD} digest: {OLD_DIGEST} expected, sha256:other found" in message[1]
    write_live_parameters("cowsay", "prod", services)
    assert invoke(check_drift.handler, {})["out_of_sync"] == 0
    assert len(told()) == 2


def test_what_only_a_parameter_says_starts_no_restoration(
    parameters: FakeParameters, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is astray on the target, so a promotion would change nothing."""
    revision = upload(f"{MANIFEST}drift: {{restore: true}}\n")
    (known,) = services.ledger.live("cowsay")
    record_live(replace(known, current=replace(known.current, manifest_revision=revision)))
    write_live_parameters("cowsay", "prod", services)
    change(parameters, tag="other")
    monkeypatch.setitem(vars(services), "executions", None)  # whoever starts something fails
    invoke(check_drift.handler, {})
    (record,) = services.drift_records.all()
    (finding,) = record.findings
    assert (finding.state, finding.restored_by, finding.not_restored) == ("OUT_OF_SYNC", None, None)
