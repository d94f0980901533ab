from dataclasses import replace
from typing import Any

import pytest

from gantry.aws import ledger_keys as keys
from gantry.handlers.rollback_machine import restore_version
from gantry.promotion.errors import (
    InvalidRequestError,
    NoPreviousRevisionError,
    TargetAccessError,
    TargetNotFoundError,
)
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor
from gantry.promotion.restore_point import RestorePoint, RolledBackRelease
from gantry.promotion.rollback import quarantines
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from tests.unit.handlers.payloads import OTHER_TARGET, ROLLBACK, TARGET, Said, invoke, payload
from tests.unit.handlers.records import (
    digest_of,
    held,
    live,
    record_deployed,
    record_deployed_by_an_older_version,
    record_lease,
    record_live,
)
from tests.unit.handlers.rollbacks import SPLIT, published, restore, restored, routes
from tests.unit.handlers.workloads import Workloads

LATER = "2026-11-21T08:00:00.000Z"
SETTINGS = LambdaConfiguration(128, 3, 512, {}, [], None, [], "")

OBJECT = {"bucket": "acme-artifacts", "key": "glue/etl.py"}


@pytest.fixture(autouse=True)
def running(ledger: Any, workloads: Workloads) -> None:
    """The rollback runs."""
    workloads.executions.running.add(ROLLBACK)


def test_the_revision_before_comes_back_with_one_write_and_only_the_lease_is_recorded(
    workloads: Workloads, items: Said, announced: Said
) -> None:
    record_live(live(8, 7, 6))
    routes(workloads, 8)
    ledger = items()
    assert restore() == {"restored": [restored(7, leave=8, was_live=True)], "problems": []}
    assert workloads.alias(TARGET).written == [Routing("7")]
    assert [item["pk"] for item in items() if item not in ledger] == [keys.LEASES]
    assert announced() == []


def test_a_target_left_split_without_a_lease_gets_its_live_revision_back(workloads: Workloads) -> None:
    record_live(live(7, 6))
    routes(workloads, SPLIT)
    published(workloads, 8)
    (restore_point,) = [each["restore_point"] for each in restore()["restored"]]
    assert restore_point["revision"] == "7"
    assert restore_point["rolled_back"] == {"digest": digest_of(8), "manifest_revision": None, "sequence": None}
    assert workloads.alias(TARGET).written == [Routing("7")]


def test_a_target_that_routes_to_a_revision_that_is_gone_is_not_brought_further_back(workloads: Workloads) -> None:
    """Without its digest, nobody knows what is rolled back."""
    record_live(live(7, 6))
    routes(workloads, SPLIT)
    with pytest.raises(TargetNotFoundError):
        restore()
    assert workloads.alias(TARGET).written == []


@pytest.mark.parametrize("wanted", [{"version": "3"}, {"digest": digest_of(3)}, {"tag": "tag3"}])
def test_a_revision_that_was_live_long_ago_keeps_its_name_and_its_number(
    workloads: Workloads, wanted: dict[str, str]
) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    record_deployed(3)
    assert restore(**wanted)["restored"] == [restored(3, leave=8, was_live=True)]


@pytest.mark.parametrize("wanted", [{"version": "3"}, {"digest": digest_of(3)}, {"tag": "tag3"}])
def test_so_does_one_that_an_older_version_of_gantry_deployed(workloads: Workloads, wanted: dict[str, str]) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    record_deployed_by_an_older_version(2, 3, 4)
    record_deployed_by_an_older_version(3, target=OTHER_TARGET)
    assert restore(**wanted)["restored"] == [restored(3, leave=8, was_live=True)]


def test_who_goes_forward_to_what_an_older_version_of_gantry_deployed_quarantines_nothing(
    workloads: Workloads,
) -> None:
    record_live(replace(live(20, 19), sequence=30))
    routes(workloads, 20)
    published(workloads, 30)
    record_deployed_by_an_older_version(20, 30)
    (there,) = restore(version="30")["restored"]
    rolled_back = RolledBackRelease(**there["restore_point"]["rolled_back"])
    assert not quarantines(rolled_back, RestorePoint(**there["restore_point"]))


def test_a_target_that_takes_no_traffic_is_refused(workloads: Workloads) -> None:
    record_live(live(8, 7))
    workloads.alias(TARGET).current = None
    with pytest.raises(TargetNotFoundError):
        restore()


def test_every_target_that_runs_the_release_goes_back_and_the_others_stay(workloads: Workloads) -> None:
    third = replace(LambdaTarget.of(TARGET), function="cowthink").as_target()
    record_live(live(8, 7, since=LATER), live(8, 5, target=OTHER_TARGET, since=LATER), live(6, 4, target=third))
    routes(workloads, 8)
    routes(workloads, 8, OTHER_TARGET)
    routes(workloads, 6, third)
    there = {each["target_id"]: each for each in restore()["restored"]}
    assert there == {
        TARGET.id: restored(7, leave=8, was_live=True),
        OTHER_TARGET.id: restored(5, leave=8, was_live=True, target=OTHER_TARGET),
        third.id: restored(6, leave=8, was_live=False, target=third, previous_routing="6"),
    }
    assert workloads.alias(third).current == Routing("6")


def test_a_release_that_one_target_got_once_more_goes_back_there_alone(workloads: Workloads) -> None:
    """As when only one has got the newer version of a parameter that the configuration refers to."""
    once = live(7, 6, target=OTHER_TARGET)
    more = live(8, 7, 6, since=LATER)
    again = replace(more.current, digest=digest_of(7), manifest_revision="revision-7", configuration_started_at=LATER)
    record_live(replace(more, current=again), once)
    routes(workloads, 8)
    routes(workloads, 7, OTHER_TARGET)
    there = {each["target_id"]: each["restore_point"] for each in restore()["restored"]}
    assert {name: each["revision"] for name, each in there.items()} == {TARGET.id: "7", OTHER_TARGET.id: "7"}


def test_only_the_environment_that_was_named_is_touched(workloads: Workloads) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET, environment="staging"))
    routes(workloads, 8)
    routes(workloads, 8, OTHER_TARGET)
    assert [each["target_id"] for each in restore()["restored"]] == [TARGET.id]
    assert workloads.alias(OTHER_TARGET).written == []


def test_an_alias_that_somebody_pointed_at_latest_goes_back_to_what_is_live(workloads: Workloads) -> None:
    record_live(live(8, 7))
    published(workloads, 8)
    workloads.function(TARGET).deployed(digest_of(9), SETTINGS)
    routes(workloads, Routing("$LATEST"))
    (there,) = restore()["restored"]
    assert workloads.alias(TARGET).current == Routing("8")
    assert there["restore_point"]["rolled_back"]["digest"] == digest_of(9)


@pytest.mark.parametrize("version", ["6", 6])
def test_a_version_can_be_asked_for_as_text_or_as_a_number(workloads: Workloads, version: str | int) -> None:
    record_live(live(8, 7, 6))
    routes(workloads, 8)
    assert restore(version=version)["restored"] == [restored(6, leave=8, was_live=True)]


def test_a_version_that_the_ledger_does_not_know_but_the_target_does_can_be_asked_for(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    workloads.function(TARGET).deployed(digest_of(1), SETTINGS)
    there = restored(1, leave=8, was_live=True, tag=None, manifest_revision=None, sequence=None)
    assert restore(version="1")["restored"] == [there]
    assert workloads.alias(TARGET).written == [Routing("1")]


@pytest.mark.parametrize("version", ["99", "$LATEST", "live", True])
def test_a_version_that_nobody_knows_is_refused_and_nothing_is_moved(workloads: Workloads, version: Any) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    workloads.function(TARGET).deployed(digest_of(1), SETTINGS)
    with pytest.raises(InvalidRequestError, match=r"that were live there: version 8 \(.+\), version 7 \(.+\)\."):
        restore(version=version)
    assert workloads.alias(TARGET).written == []
    assert held().holder is None


def test_a_digest_can_be_asked_for(workloads: Workloads) -> None:
    record_live(live(8, 7, 6))
    routes(workloads, 8)
    assert restore(digest=digest_of(6))["restored"] == [restored(6, leave=8, was_live=True)]


def test_a_digest_that_was_never_live_is_refused_with_those_that_were(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    with pytest.raises(
        NoPreviousRevisionError, match=r"It knows these: version 8 \(.+\), version 7 \(.+\)\. Any other"
    ):
        restore(digest=digest_of(9))
    assert workloads.alias(TARGET).written == []


def test_a_first_revision_has_nothing_to_go_back_to(workloads: Workloads) -> None:
    record_live(live(1))
    routes(workloads, 1)
    with pytest.raises(NoPreviousRevisionError):
        restore()
    assert workloads.alias(TARGET).written == []


def test_an_environment_in_which_nothing_is_live_is_refused_with_those_in_which_something_is() -> None:
    record_live(live(8, 7), live(8, 7, environment="dev"))
    with pytest.raises(InvalidRequestError, match=r"it is live in prod, dev\."):
        restore(environment="production")


@pytest.mark.parametrize("named", [{"artifact": OBJECT}, {"repository": "s3/acme-artifacts/glue/etl.py"}])
def test_a_service_may_be_named_by_its_object(named: dict[str, Any]) -> None:
    """What is live is found by the service's name, whichever way it is given: no rollback fails for its wording."""
    record_live(live(8, 7))
    request = named | {"environment": "prod"}
    event = payload("RestoreVersion", request=request, execution=ROLLBACK, is_last=False)
    with pytest.raises(InvalidRequestError, match=r"Nothing of s3/acme-artifacts/glue/etl\.py is live in prod"):
        invoke(restore_version.handler, event)


def test_a_service_that_the_ledger_does_not_know_is_refused() -> None:
    record_live(live(8, 7))
    with pytest.raises(
        InvalidRequestError, match=r"Nothing of cowsya is live in prod; no service is live anywhere yet"
    ):
        restore(service="cowsya")


def test_a_service_that_is_not_live_is_refused_with_those_that_are_the_nearest_first() -> None:
    for number, name in enumerate(("barn", "cowsay")):
        target = replace(TARGET, name=f"{name}/live", arn=f"arn:{number}")
        record_lease(Lease(target, live_for=LiveFor(name, "prod")))
    with pytest.raises(InvalidRequestError, match=r"Live are cowsay, barn\."):
        restore(service="cowsya")


@pytest.mark.parametrize("wanted", [{"target": "444444444444/us-east-1/cowsya/live"}, {"region": "eu-west-2"}])
def test_a_target_that_is_not_the_environments_is_refused_with_its_targets(wanted: dict[str, Any]) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    with pytest.raises(InvalidRequestError, match=rf"Its targets: .*{OTHER_TARGET.id}"):
        restore(**wanted)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"service": "cowsay"}, "environment"),
        ({"environment": "prod"}, "cannot be used"),
        ({"environment": "prod", "artifact": {"bucket": "acme-artifacts"}}, "artifact.key"),
        ({"environment": "prod", "artifact": {"bucket": "acme-artifacts", "key": "/x"}}, "artifact.key"),
        ({"environment": "prod", "service": "cowsay", "artifact": OBJECT}, "cannot be used"),
        ({"service": "cowsay", "environment": "prod", "verison": "7"}, "verison"),
        ({"service": ["cowsay"], "environment": "prod"}, "service"),
    ],
)
def test_an_input_that_makes_no_sense_is_refused_with_the_field_and_an_example(
    request_: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequestError, match=rf"{field}: .*\{{\"repository\": "):
        invoke(restore_version.handler, payload("RestoreVersion", request=request_, execution=ROLLBACK, is_last=False))


def test_one_targets_trouble_does_not_keep_the_others_on_the_bad_revision(workloads: Workloads) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    routes(workloads, 8)
    routes(workloads, 8, OTHER_TARGET)
    workloads.alias(TARGET).refusal = TargetAccessError("the account is closed")
    assert restore() == {
        "restored": [restored(7, leave=8, was_live=True, target=OTHER_TARGET)],
        "problems": [f"{TARGET.id}: TargetAccessError: the account is closed"],
    }
    assert held().holder is None


def test_starting_an_incomplete_rollback_again_restores_the_missed_target_and_brings_no_other_further_back(
    workloads: Workloads,
) -> None:
    record_live(live(7, 6, since=LATER), live(8, 7, target=OTHER_TARGET))
    routes(workloads, 7)
    routes(workloads, 8, OTHER_TARGET)
    assert {each["target_id"]: each["restore_point"]["revision"] for each in restore()["restored"]} == {
        TARGET.id: "7",
        OTHER_TARGET.id: "7",
    }


def test_when_no_target_can_be_restored_the_first_ones_error_is_raised(workloads: Workloads) -> None:
    record_live(live(8, 7), live(1, target=OTHER_TARGET))
    for target in (TARGET, OTHER_TARGET):
        workloads.alias(target).refusal = TargetAccessError(f"closed: {target.region}")
    with pytest.raises(TargetAccessError, match="eu-west-1"):
        restore()
