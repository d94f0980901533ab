from dataclasses import replace
from typing import Any

import pytest

from aws.ledger import Ledger
from handlers import restore_version
from promotion.configuration import Configuration
from promotion.errors import (
    AliasChangedError,
    AliasNotFoundError,
    InvalidRequestError,
    NoPreviousVersionError,
    TargetAccessError,
)
from promotion.ledger import HistoryEntry
from promotion.release import Release
from promotion.target import Target
from promotion.traffic import Routing
from tests.unit.handlers.payloads import DEPLOYMENT, OTHER_TARGET, ROLLBACK, TARGET, Said, invoke, payload
from tests.unit.handlers.records import digest_of, lease, live, record_lease, record_live
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

LATER = "2026-11-21T08:00:00.000Z"
SPLIT = Routing("7", {"8": 10})


def restore(environment: str = "prod", service: str = "cowsay", **wish: Any) -> Any:
    request = {"service": service, "environment": environment} | wish
    return invoke(restore_version.handler, payload("RestoreVersion", request=request, execution=ROLLBACK))


def routes(workloads: Workloads, version: int, target: Target = TARGET) -> None:
    workloads.alias(target).current = Routing(str(version))


def in_flight(workloads: Workloads, number: int, target: Target = TARGET) -> None:
    published(workloads, number, target)
    release = Release("cowsay", digest_of(number), f"revision-{number}", f"tag{number}")
    record_lease(lease(target=target, release=release))
    workloads.executions.running.add(DEPLOYMENT)


def published(workloads: Workloads, number: int, target: Target = TARGET) -> None:
    for each in range(1, number + 1):
        workloads.function(target).deployed(digest_of(each), Configuration(128, 3, 512, {}, [], None))


def answer(number: int, before: str, leave: int, left: int | None, target: Target = TARGET) -> dict[str, Any]:
    return {
        "target_id": target.id,
        "before": before,
        "version": str(number),
        "image_digest": digest_of(number),
        "tag": f"tag{number}",
        "manifest_revision": f"revision-{number}",
        "leave": {"image_digest": digest_of(leave), "version": str(left) if left else None},
    }


def test_the_version_before_comes_back_with_one_write_and_nothing_else_happens(
    workloads: Workloads, items: Said, announced: Said
) -> None:
    record_live(live(8, 7, 6))
    routes(workloads, 8)
    ledger = items()
    assert restore() == {"restored": [answer(7, "8", leave=8, left=8)], "problems": []}
    assert workloads.alias(TARGET).written == [Routing("7")]
    assert items() == ledger
    assert announced() == []


def test_a_retry_writes_nothing_more(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    restore()
    assert restore() == {"restored": [answer(7, "7", leave=8, left=8)], "problems": []}
    assert workloads.alias(TARGET).written == [Routing("7")]


def test_with_a_canary_in_flight_the_stable_version_gets_all_traffic_back(workloads: Workloads) -> None:
    record_live(live(7, 6))
    workloads.alias(TARGET).current = SPLIT
    in_flight(workloads, 8)
    restored = answer(7, "7 with 10 % on 8", leave=8, left=None)
    assert restore() == {"restored": [restored], "problems": []}
    assert workloads.alias(TARGET).written == [Routing("7")]


def test_what_a_stopped_deployment_left_behind_is_what_is_rolled_back(workloads: Workloads) -> None:
    record_live(live(7, 6))
    workloads.alias(TARGET).current = SPLIT
    in_flight(workloads, 8)
    workloads.executions.running.clear()
    first, again = restore(), restore()
    assert first["restored"] == [answer(7, "7 with 10 % on 8", leave=8, left=None)]
    assert again["restored"] == [answer(7, "7", leave=8, left=None)], "a retry does not go one version too far"


def test_an_alias_left_split_without_a_lease_gets_its_live_version_back(workloads: Workloads) -> None:
    record_live(live(7, 6))
    workloads.alias(TARGET).current = SPLIT
    published(workloads, 8)
    (restored,) = restore()["restored"]
    assert (restored["version"], restored["leave"]) == ("7", {"image_digest": digest_of(8), "version": None})
    assert workloads.alias(TARGET).written == [Routing("7")]


def test_asking_again_for_a_version_that_is_there_by_now_still_leaves_the_bad_release(workloads: Workloads) -> None:
    record_live(live(8, 7))
    published(workloads, 8)
    routes(workloads, 8)
    first, again = restore(version="1"), restore(version="1")
    assert [each["restored"][0]["leave"]["image_digest"] for each in (first, again)] == [digest_of(8)] * 2


def test_a_version_that_was_live_once_keeps_its_name(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    facts = {"version": "3", "image_digest": digest_of(3), "tag": "tag3", "manifest_revision": "revision-3"}
    entry = HistoryEntry("cowsay", LATER, "deployment_completed", "execution", "prod", TARGET.id, facts)
    Ledger.from_env().record(entry)
    assert restore(digest=digest_of(3))["restored"] == [answer(3, "8", leave=8, left=8)]


def test_a_target_without_its_alias_is_told_of(workloads: Workloads) -> None:
    record_live(live(8, 7))
    workloads.alias(TARGET).current = None
    with pytest.raises(AliasNotFoundError):
        restore()


def test_every_target_that_runs_the_release_goes_back_and_the_others_stay(workloads: Workloads) -> None:
    third = replace(TARGET, function="cowthink")
    record_live(live(8, 7, since=LATER), live(8, 5, target=OTHER_TARGET, since=LATER), live(6, 4, target=third))
    routes(workloads, 8)
    routes(workloads, 8, OTHER_TARGET)
    routes(workloads, 6, third)
    restored = {each["target_id"]: each for each in restore()["restored"]}
    assert restored == {
        TARGET.id: answer(7, "8", leave=8, left=8),
        OTHER_TARGET.id: answer(5, "8", leave=8, left=8, target=OTHER_TARGET),
        third.id: answer(6, "6", leave=8, left=None, target=third),
    }
    assert workloads.alias(third).written == []


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
    assert restore(version=version)["restored"] == [answer(6, "8", leave=8, left=8)]


def test_a_version_that_only_lambda_knows_can_be_asked_for_too(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    workloads.function(TARGET).deployed(digest_of(1), Configuration(128, 3, 512, {}, [], None))
    (restored,) = restore(version="1")["restored"]
    assert restored == answer(1, "8", leave=8, left=8) | {"tag": None, "manifest_revision": None}
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
    assert restore(digest=digest_of(6))["restored"] == [answer(6, "8", leave=8, left=8)]


def test_a_digest_that_was_never_live_is_refused(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    with pytest.raises(NoPreviousVersionError, match="knows no version with the digest"):
        restore(digest=digest_of(9))
    assert workloads.alias(TARGET).written == []


def test_a_first_version_has_nothing_to_go_back_to(workloads: Workloads) -> None:
    record_live(live(1))
    routes(workloads, 1)
    with pytest.raises(NoPreviousVersionError, match="nothing that was live before version 1"):
        restore()
    assert workloads.alias(TARGET).written == []


@pytest.mark.usefixtures("workloads")
def test_an_environment_in_which_nothing_is_live_is_refused_with_those_in_which_something_is() -> None:
    record_live(live(8, 7), live(8, 7, environment="dev"))
    with pytest.raises(
        InvalidRequestError,
        match=r"Nothing of cowsay is live in production; it is live in: dev, prod\. A correct input looks like",
    ):
        restore(environment="production")


@pytest.mark.usefixtures("workloads")
def test_a_service_that_the_ledger_does_not_know_is_refused() -> None:
    record_live(live(8, 7))
    with pytest.raises(InvalidRequestError, match="knows nothing live of a service with this name"):
        restore(service="cowsya")


@pytest.mark.usefixtures("workloads")
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
        "restored": [answer(7, "8", leave=8, left=8, target=OTHER_TARGET)],
        "problems": [f"{TARGET.id}: TargetAccessError: the account is closed"],
    }


def test_starting_an_incomplete_rollback_again_brings_the_missed_target_back_and_no_other_further(
    workloads: Workloads,
) -> None:
    record_live(live(7, 6, since=LATER), live(8, 7, target=OTHER_TARGET))
    routes(workloads, 7)
    routes(workloads, 8, OTHER_TARGET)
    restored = {each["target_id"]: each["version"] for each in restore()["restored"]}
    assert restored == {TARGET.id: "7", OTHER_TARGET.id: "7"}
    assert workloads.alias(TARGET).written == []


def test_when_no_target_can_be_restored_the_first_ones_error_is_told(workloads: Workloads) -> None:
    record_live(live(8, 7), live(1, target=OTHER_TARGET))
    for target in (TARGET, OTHER_TARGET):
        workloads.alias(target).refusal = TargetAccessError(f"closed: {target.region}")
    with pytest.raises(TargetAccessError, match="eu-west-1"):
        restore()


def test_a_change_by_somebody_else_at_the_same_moment_is_not_overwritten(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    workloads.alias(TARGET).interference = Routing("6")
    with pytest.raises(AliasChangedError):
        restore()
    assert workloads.alias(TARGET).current == Routing("6")
