"""LookForDrift: what people are told of targets that others have changed, while nothing is written."""

import json
from dataclasses import replace
from typing import Any

import pytest
import yaml

from gantry.handlers import entry
from gantry.handlers.http_api import look_for_drift
from gantry.promotion.errors import TargetChangedError, TargetFailedError, TargetNotFoundError
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import DIGEST, OLD_DIGEST, OTHER_TARGET, ROOT, TARGET, invoke
from tests.unit.handlers.previews import is_live, nothing_written
from tests.unit.handlers.records import lease, live, record_lease, record_live
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")
SECRET = "hunter2-hunter2"


@pytest.fixture(autouse=True)
def cowsay(bucket: None, ledger: Any, workloads: Workloads) -> None:
    """Version 1 is live in prod, and its alias says so."""
    upload()
    is_live(workloads)
    record_lease(Lease(TARGET, live_for=LiveFor("cowsay", "prod")))


def asked(service: str | None = "cowsay") -> tuple[int, Any]:
    """Ask the function, which must not write."""
    name = "look_for_drift.service" if service else "look_for_drift"
    event = json.loads((ROOT / "events" / f"{name}.json").read_text())
    if service:
        event["rawPath"] = event["requestContext"]["http"]["path"] = f"/drift/{service}"
    with nothing_written():
        answer = invoke(look_for_drift.handler, event)
    return answer["statusCode"], json.loads(answer["body"])


def looked() -> Any:
    status, body = asked()
    assert status == 200, body
    (found,) = body["services"]
    return found


def target(target: Target = TARGET) -> Any:
    (found,) = [each for each in looked()["targets"] if each["id"] == target.id]
    return found


def published(workloads: Workloads, digest: str = DIGEST, memory_mb: int = 256, **variables: str) -> str:
    """Somebody publishes a version by hand."""
    configuration = LambdaConfiguration(memory_mb, 10, 512, {"TO_SAY": "Hi", **variables}, [], None, [], "")
    return workloads.function(TARGET).deployed(digest, configuration)


def test_what_is_as_the_ledger_says_is_in_sync() -> None:
    found = looked()
    assert (found["service"], found["state"]) == ("cowsay", "SYNCED")
    (one,) = found["targets"]
    assert (one["id"], one["environment"], one["version"], one["digest"]) == (TARGET.id, "prod", "1", OLD_DIGEST)
    assert (one["differences"], one["command"], one["reason"]) == ([], None, None)


def test_an_alias_that_somebody_moved_is_told_with_what_it_runs_and_the_way_back(workloads: Workloads) -> None:
    version = published(workloads, memory_mb=1024, API_KEY=SECRET)
    workloads.alias(TARGET).somebody_makes_it(Routing(version))

    one = target()

    assert one["state"] == "OUT_OF_SYNC"
    found = {each["what"]: (each["expected"], each["found"]) for each in one["differences"]}
    assert found["traffic"] == ("1", version)
    assert found["artifact"] == (OLD_DIGEST, DIGEST)
    assert found["configuration.memory_mb"] == ("256", "1024")
    assert found["configuration.environment.API_KEY"][0] is None
    assert SECRET not in json.dumps(one)
    assert one["command"] == f"gantry rollback cowsay prod --target {TARGET.id} --to version:1 --reason drift"


def test_a_split_is_told_with_its_weights(workloads: Workloads) -> None:
    workloads.alias(TARGET).somebody_makes_it(Routing("1", {published(workloads): 5.0}))
    (found,) = target()["differences"]
    assert (found["what"], found["expected"], found["found"]) == ("traffic", "1", "1 with 5 % on 2")


def test_an_alias_that_is_gone_is_promoted_anew(workloads: Workloads) -> None:
    workloads.alias(TARGET).current = None
    one = target()
    assert [each["found"] for each in one["differences"]] == [None]
    assert one["command"] == f"gantry promote cowsay {OLD_DIGEST} --to prod"

    workloads.alias(TARGET).refusal = TargetNotFoundError("there is no such function")
    assert target() == one


@pytest.mark.parametrize("broken", ["removed", "another artifact", "failed"])
def test_a_version_that_cannot_take_the_traffic_back_is_promoted_anew(workloads: Workloads, broken: str) -> None:
    workloads.alias(TARGET).somebody_makes_it(Routing(published(workloads)))
    function = workloads.function(TARGET)
    if broken == "removed":
        del function.states["1"]
    else:
        function.somebody_changes("1", **({"state": "Failed"} if broken == "failed" else {"code_sha256": "c" * 64}))
    assert target()["command"] == f"gantry promote cowsay {OLD_DIGEST} --to prod"


def test_an_account_that_does_not_answer_is_unknown_and_never_green(workloads: Workloads) -> None:
    record_live(live(8, target=OTHER_TARGET, environment="dev"))
    workloads.function(OTHER_TARGET)
    workloads.closed.add(TARGET.account)

    found = looked()

    assert found["state"] == "UNKNOWN"
    assert {each["state"] for each in found["targets"]} == {"UNKNOWN"}
    assert all("does not let the pipeline in" in each["reason"] for each in found["targets"])


@pytest.mark.parametrize(
    ("holder", "reason"),
    [
        (lease(), "cowsay 4f0c2d1 is on its way there, since 2026-11-22 09:00 UTC"),
        (lease(release=None), "A rollback is under way there, since 2026-11-22 09:00 UTC"),
    ],
)
def test_a_deployment_in_flight_is_not_compared(workloads: Workloads, holder: Lease, reason: str) -> None:
    record_lease(holder)
    workloads.closed.add(TARGET.account)  # it is not even asked
    assert (target()["state"], target()["reason"]) == ("DEPLOYING", reason)


def test_a_deployment_that_begins_meanwhile_is_no_drift(workloads: Workloads, monkeypatch: Any) -> None:
    services = entry.services()
    kind: Any = services.kinds.of(TARGET)
    fresh = replace(services.leases.get(TARGET), revision=99)
    answers = iter([services.leases.get(TARGET), fresh])
    monkeypatch.setattr(services.leases, "get", lambda _: next(answers))
    monkeypatch.setattr(kind, "routing", lambda _: (Routing("1", {"2": 10.0}), "1"))
    found = target()
    assert (found["state"], found["differences"]) == ("DEPLOYING", [])


def test_a_release_that_went_live_since_the_ledger_was_read_is_no_drift(workloads: Workloads) -> None:
    now = live(8).in_short
    record_lease(Lease(TARGET, live_for=LiveFor("cowsay", "prod"), live_now=now))
    workloads.alias(TARGET).somebody_makes_it(Routing("8"))
    assert target()["state"] == "DEPLOYING"


def test_traffic_that_the_service_itself_moves_is_no_drift_yet(workloads: Workloads) -> None:
    alias = workloads.alias(TARGET)
    alias.somebody_makes_it(Routing("1", {published(workloads): 40.0}))
    alias.moving = True
    assert target()["state"] == "DEPLOYING"

    for given_up in (TargetFailedError("it gave up"), TargetChangedError("somebody else")):
        alias.moving = given_up
        assert target()["state"] == "OUT_OF_SYNC"


def test_what_the_manifest_ignores_is_shown_and_does_not_count(workloads: Workloads) -> None:
    upload(MANIFEST + "drift: {ignore: [configuration.memory_mb]}\n")
    version = published(workloads, OLD_DIGEST, memory_mb=1024)
    workloads.alias(TARGET).somebody_makes_it(Routing(version))

    one = target()

    assert (one["state"], one["command"]) == ("SYNCED", None)
    assert {each["what"]: each["is_ignored"] for each in one["differences"]} == {
        "traffic": True,
        "configuration.memory_mb": True,
    }


def test_a_newer_manifest_waits_for_a_release_which_is_no_drift() -> None:
    newest = upload(MANIFEST + "# another\n")
    found = looked()
    assert found["manifest"] == {
        "revision": newest,
        "waits_for_release_in": ["prod"],
        "problem": None,
        "restores": False,
    }
    assert found["state"] == "SYNCED"


def test_a_manifest_that_cannot_be_used_is_told_and_ignores_nothing() -> None:
    upload(yaml.safe_dump({"repository": "cowsay"}))
    manifest = looked()["manifest"]
    assert manifest["revision"] is None
    assert "so nothing is ignored: " in manifest["problem"]


def test_environments_are_in_the_manifests_order(workloads: Workloads) -> None:
    record_live(live(8, target=replace(TARGET, account="222222222222"), environment="dev"))
    record_live(live(8, target=replace(TARGET, account="333333333333"), environment="another"))
    assert [each["environment"] for each in looked()["targets"]] == ["dev", "prod", "another"]


def test_without_a_service_all_are_compared(workloads: Workloads) -> None:
    is_live(workloads, target=OTHER_TARGET)
    _, body = asked(None)
    assert [each["service"] for each in body["services"]] == ["cowsay"]
    assert {each["id"] for each in body["services"][0]["targets"]} == {TARGET.id, OTHER_TARGET.id}


def test_a_service_of_which_nothing_is_live_is_not_found() -> None:
    status, body = asked("moo")
    assert status == 404
    assert body == {"error": "Nothing of a service moo is live, so there is nothing to compare."}
