from dataclasses import replace
from typing import Any

import pytest

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger import Ledger
from gantry.handlers import restore_version
from gantry.promotion.configuration import Configuration
from gantry.promotion.errors import (
    InvalidRequestError,
    NoPreviousRevisionError,
    TargetAccessError,
    TargetNotFoundError,
)
from gantry.promotion.ledger import HistoryEntry
from gantry.promotion.traffic import Routing
from tests.unit.handlers.payloads import OTHER_TARGET, ROLLBACK, TARGET, Said, invoke, payload
from tests.unit.handlers.records import digest_of, held, live, record_live
from tests.unit.handlers.rollbacks import SPLIT, published, restore, restored, routes
from tests.unit.handlers.workloads import Workloads

LATER = "2026-11-21T08:00:00.000Z"


@pytest.fixture(autouse=True)
def running(ledger: Any, workloads: Workloads) -> None:
    """The rollback runs."""
    workloads.executions.running.add(ROLLBACK)


def test_the_version_before_comes_back_with_one_write_and_the_lease_is_all_that_is_recorded(
    workloads: Workloads, items: Said, announced: Said
) -> None:
    record_live(live(8, 7, 6))
    routes(workloads, 8)
    ledger = items()
    assert restore() == {"restored": [restored(7, leave=8, left=8)], "problems": []}
    assert workloads.alias(TARGET).written == [Routing("7")]
    assert [item["pk"] for item in items() if item not in ledger] == [keys.LEASES]
    assert announced() == []


def test_an_alias_left_split_without_a_lease_gets_its_live_version_back(workloads: Workloads) -> None:
    record_live(live(7, 6))
    workloads.alias(TARGET).current = SPLIT
    published(workloads, 8)
    (restore_point,) = [each["restore_point"] for each in restore()["restored"]]
    assert restore_point["version"] == "7"
    assert restore_point["left"] == {"image_digest": digest_of(8), "manifest_revision": None, "version": None}
    assert workloads.alias(TARGET).written == [Routing("7")]


def test_a_version_that_was_live_once_keeps_its_name(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    facts = {"version": "3", "image_digest": digest_of(3), "tag": "tag3", "manifest_revision": "revision-3"}
    entry = HistoryEntry("cowsay", LATER, "deployment_completed", "execution", "prod", TARGET.id, facts)
    Ledger.from_env().record(entry)
    assert restore(digest=digest_of(3))["restored"] == [restored(3, leave=8, left=8)]


def test_a_target_without_its_alias_is_told_of(workloads: Workloads) -> None:
    record_live(live(8, 7))
    workloads.alias(TARGET).current = None
    with pytest.raises(TargetNotFoundError):
        restore()


def test_every_target_that_runs_the_release_goes_back_and_the_others_stay(workloads: Workloads) -> None:
    third = replace(TARGET, function="cowthink")
    record_live(live(8, 7, since=LATER), live(8, 5, target=OTHER_TARGET, since=LATER), live(6, 4, target=third))
    routes(workloads, 8)
    routes(workloads, 8, OTHER_TARGET)
    routes(workloads, 6, third)
    there = {each["target_id"]: each for each in restore()["restored"]}
    assert there == {
        TARGET.id: restored(7, leave=8, left=8),
        OTHER_TARGET.id: restored(5, leave=8, left=8, target=OTHER_TARGET),
        third.id: restored(6, leave=8, left=None, target=third, before="6"),
    }
    assert workloads.alias(third).current == Routing("6")


def test_only_the_environment_that_was_named_is_touched(workloads: Workloads) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET, environment="staging"))
    routes(workloads, 8)
    routes(workloads, 8, OTHER_TARGET)
    assert [each["target_id"] for each in restore()["restored"]] == [TARGET.id]
    assert workloads.alias(OTHER_TARGET).written == []


@pytest.mark.parametrize("version", ["6", 6])
def test_a_version_can_be_asked_for_as_text_or_as_a_number(workloads: Workloads, version: str | int) -> None:
    record_live(live(8, 7, 6))
    routes(workloads, 8)
    assert restore(version=version)["restored"] == [restored(6, leave=8, left=8)]


def test_a_version_that_only_lambda_knows_can_be_asked_for_too(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    workloads.function(TARGET).deployed(digest_of(1), Configuration(128, 3, 512, {}, [], None))
    there = restored(1, leave=8, left=8, tag=None, manifest_revision=None)
    assert restore(version="1")["restored"] == [there]
    assert workloads.alias(TARGET).written == [Routing("1")]


@pytest.mark.parametrize("version", ["99", "$LATEST", "live", True])
def test_a_version_that_nobody_knows_is_refused_and_nothing_is_moved(workloads: Workloads, version: Any) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    workloads.function(TARGET).deployed(digest_of(1), Configuration(128, 3, 512, {}, [], None))
    with pytest.raises(InvalidRequestError) as raised:
        restore(version=version)
    assert str(raised.value).startswith(f"There is no version {version} of cowsay. A correct input looks like ")
    assert workloads.alias(TARGET).written == []


def test_a_digest_can_be_asked_for(workloads: Workloads) -> None:
    record_live(live(8, 7, 6))
    routes(workloads, 8)
    assert restore(digest=digest_of(6))["restored"] == [restored(6, leave=8, left=8)]


def test_a_digest_that_was_never_live_is_refused(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    with pytest.raises(NoPreviousRevisionError, match="knows no version with the digest"):
        restore(digest=digest_of(9))
    assert workloads.alias(TARGET).written == []


def test_a_first_version_has_nothing_to_go_back_to(workloads: Workloads) -> None:
    record_live(live(1))
    routes(workloads, 1)
    with pytest.raises(NoPreviousRevisionError, match="nothing that was live before version 1"):
        restore()
    assert workloads.alias(TARGET).written == []


def test_an_environment_in_which_nothing_is_live_is_refused_with_those_in_which_something_is() -> None:
    record_live(live(8, 7), live(8, 7, environment="dev"))
    with pytest.raises(
        InvalidRequestError,
        match=r"Nothing of cowsay is live in production; it is live in: dev, prod\. A correct input looks like",
    ):
        restore(environment="production")


def test_a_service_that_the_ledger_does_not_know_is_refused() -> None:
    record_live(live(8, 7))
    with pytest.raises(InvalidRequestError, match="knows nothing live of a service with this name"):
        restore(service="cowsya")


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ({"service": "cowsay"}, "environment: Field required"),
        ({"environment": "prod"}, "service: Field required"),
        ({"service": "cowsay", "environment": "prod", "verison": "7"}, "verison: Extra inputs are not permitted"),
        ({"service": ["cowsay"], "environment": "prod"}, "service: Input should be a valid string"),
    ],
)
def test_an_input_that_makes_no_sense_is_refused_with_one_that_does(request_: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        invoke(restore_version.handler, payload("RestoreVersion", request=request_, execution=ROLLBACK))
    assert str(raised.value).startswith(f"This input cannot be used: {problem}. A correct one looks like ")


def test_one_targets_trouble_does_not_keep_the_others_on_the_bad_version(workloads: Workloads) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    routes(workloads, 8)
    routes(workloads, 8, OTHER_TARGET)
    workloads.alias(TARGET).refusal = TargetAccessError("the account is closed")
    assert restore() == {
        "restored": [restored(7, leave=8, left=8, target=OTHER_TARGET)],
        "problems": [f"{TARGET.id}: TargetAccessError: the account is closed"],
    }
    assert held().holder is None


def test_starting_an_incomplete_rollback_again_brings_the_missed_target_back_and_no_other_further(
    workloads: Workloads,
) -> None:
    record_live(live(7, 6, since=LATER), live(8, 7, target=OTHER_TARGET))
    routes(workloads, 7)
    routes(workloads, 8, OTHER_TARGET)
    assert {each["target_id"]: each["restore_point"]["version"] for each in restore()["restored"]} == {
        TARGET.id: "7",
        OTHER_TARGET.id: "7",
    }


def test_when_no_target_can_be_restored_the_first_ones_error_is_told(workloads: Workloads) -> None:
    record_live(live(8, 7), live(1, target=OTHER_TARGET))
    for target in (TARGET, OTHER_TARGET):
        workloads.alias(target).refusal = TargetAccessError(f"closed: {target.region}")
    with pytest.raises(TargetAccessError, match="eu-west-1"):
        restore()
