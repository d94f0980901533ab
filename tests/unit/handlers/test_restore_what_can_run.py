"""What RestoreVersion and WakeVersion do about versions that sleep, have failed, or are gone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from gantry.handlers.rollback_machine import wake_version
from gantry.promotion.errors import (
    RevisionAsleepError,
    RevisionUnusableError,
    TargetPendingError,
)
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.use_cases.services import Services
from tests.unit.handlers.payloads import OTHER_TARGET, ROLLBACK, TARGET, invoke, payload
from tests.unit.handlers.records import digest_of, held, live, record_live
from tests.unit.handlers.rollbacks import restore, restored, routes
from tests.unit.handlers.workloads import Workloads


@pytest.fixture(autouse=True)
def running(ledger: Any, workloads: Workloads) -> None:
    """The rollback runs, and version 8 is live on both targets."""
    workloads.executions.running.add(ROLLBACK)
    record_live(live(8, 7, 6), live(8, 7, 6, target=OTHER_TARGET))
    routes(workloads, 8)
    routes(workloads, 8, OTHER_TARGET)


def becomes(workloads: Workloads, version: int, state: str, target: Target = TARGET, reason: str = "") -> None:
    workloads.function(target).somebody_changes(str(version), state=state, reason=reason)


def wake(seconds_ago: int = 0, **wanted: Any) -> Any:
    request = {"service": "cowsay", "environment": "prod"} | wanted
    entered_at = iso(datetime.now(UTC) - timedelta(seconds=seconds_ago))
    event = payload("WakeVersion", request=request, execution=ROLLBACK, entered_at=entered_at, restored=[])
    return invoke(wake_version.handler, event)


def here(answer: Any) -> Any:
    """What was done about the first target."""
    (found,) = [each["restore_point"] for each in answer["restored"] if each["target_id"] == TARGET.id]
    return found


def revisions(answer: Any) -> dict[str, str]:
    return {each["target_id"]: each["restore_point"]["revision"] for each in answer["restored"]}


def test_a_version_that_has_failed_is_passed_over_with_its_reason(workloads: Workloads) -> None:
    becomes(workloads, 7, "Failed")
    answer = restore()
    assert revisions(answer) == {TARGET.id: "6", OTHER_TARGET.id: "7"}
    assert here(answer)["notes"] == ["Passed over: version 7 (tag7) cannot run: Failed"]
    assert [each["restore_point"]["notes"] for each in answer["restored"] if each["target_id"] != TARGET.id] == [[]]


@pytest.mark.parametrize(
    ("happened", "why"),
    [
        (lambda states: states.pop("7"), "does not exist any more"),
        (
            lambda states: states.update({"7": replace(states["7"], code_sha256="another")}),
            "runs another artifact now (sha256:another)",
        ),
    ],
    ids=["it was deleted", "the function was made anew"],
)
def test_a_version_that_is_not_what_the_ledger_knows_is_passed_over(
    workloads: Workloads, happened: Any, why: str
) -> None:
    happened(workloads.function(TARGET).states)
    answer = restore()
    assert here(answer)["revision"] == "6"
    assert here(answer)["notes"] == [f"Passed over: version 7 (tag7) {why}"]


def test_one_that_sleeps_and_whose_image_is_gone_is_passed_over(workloads: Workloads) -> None:
    becomes(workloads, 7, "Inactive")
    workloads.images.deleted.add((TARGET.region, digest_of(7)))
    answer = restore()
    assert here(answer)["revision"] == "6"
    assert f"its artifact {digest_of(7)} is gone" in here(answer)["notes"][0]


def test_only_the_region_of_the_target_counts_for_that(workloads: Workloads) -> None:
    becomes(workloads, 7, "Inactive")
    workloads.images.deleted.add((OTHER_TARGET.region, digest_of(7)))
    with pytest.raises(RevisionAsleepError):
        restore()


def test_when_nothing_can_run_the_target_is_not_touched_and_the_others_go_back(workloads: Workloads) -> None:
    for version in (6, 7):
        becomes(workloads, version, "Failed")
    answer = restore()
    assert revisions(answer) == {OTHER_TARGET.id: "7"}
    (problem,) = answer["problems"]
    assert problem.startswith(f"{TARGET.id}: RevisionUnusableError: ")
    assert "version 7 (tag7) cannot run: Failed; version 6 (tag6) cannot run: Failed" in problem
    assert (workloads.alias(TARGET).written, held().holder) == ([], None)


def test_a_version_that_was_named_and_cannot_run_is_not_replaced_by_another(workloads: Workloads) -> None:
    becomes(workloads, 7, "Failed")
    with pytest.raises(RevisionUnusableError, match="Name another version, or none"):
        restore(version="7", target=TARGET.id)
    assert (workloads.alias(TARGET).written, held().holder) == ([], None)


def test_while_one_sleeps_the_others_are_restored_and_its_lease_is_not_taken(workloads: Workloads) -> None:
    becomes(workloads, 7, "Inactive")
    with pytest.raises(RevisionAsleepError, match=r"version 7 \(tag7\) is not ready: Inactive"):
        restore()
    assert workloads.alias(OTHER_TARGET).written == [Routing("7")]
    assert (workloads.alias(TARGET).written, held().holder) == ([], None)
    assert workloads.function(TARGET).woken == []


def test_one_that_sleeps_is_woken_once_and_looked_at_until_it_is_awake(workloads: Workloads) -> None:
    function = workloads.function(TARGET)
    becomes(workloads, 7, "Inactive")
    with pytest.raises(TargetPendingError):
        wake()
    with pytest.raises(TargetPendingError):
        wake()
    assert function.woken == [("7", "{}")]
    becomes(workloads, 7, "Active")
    assert wake() == {"awake": [OTHER_TARGET.id, TARGET.id], "not_awake": []}
    assert restored(7, leave=8, was_live=True) in restore(is_last=True)["restored"]


def test_after_waking_what_is_restored_already_is_only_looked_at(workloads: Workloads) -> None:
    becomes(workloads, 7, "Inactive")
    with pytest.raises(RevisionAsleepError):
        restore()
    becomes(workloads, 7, "Active")
    answer = restore(is_last=True)
    assert revisions(answer) == {TARGET.id: "7", OTHER_TARGET.id: "7"}
    assert workloads.alias(OTHER_TARGET).written == [Routing("7")], "not a second time"


def test_after_two_minutes_it_is_restored_all_the_same_and_people_are_told(workloads: Workloads) -> None:
    becomes(workloads, 7, "Pending")
    workloads.function(TARGET).takes_looks = 99
    assert wake(seconds_ago=121)["not_awake"] == [TARGET.id]
    answer = restore(is_last=True)
    assert here(answer)["revision"] == "7"
    assert here(answer)["notes"][0].startswith("version 7 (tag7) was still not ready (Pending)")


def test_one_that_fails_while_it_wakes_is_passed_over(workloads: Workloads) -> None:
    becomes(workloads, 7, "Failed")
    assert wake()["not_awake"] == []
    assert revisions(restore(is_last=True))[TARGET.id] == "6"


def test_the_next_older_one_is_woken_too_when_the_first_one_fails_on_the_way(workloads: Workloads) -> None:
    for version in (6, 7):
        becomes(workloads, version, "Inactive")
    with pytest.raises(TargetPendingError):
        wake()
    becomes(workloads, 7, "Failed")
    with pytest.raises(TargetPendingError):
        wake()
    assert workloads.function(TARGET).woken == [("7", "{}"), ("6", "{}")]


def test_one_whose_image_is_gone_is_passed_over_although_it_still_runs(workloads: Workloads) -> None:
    workloads.images.deleted.add((TARGET.region, digest_of(7)))
    answer = restore()
    assert here(answer)["revision"] == "6"
    assert "is gone, so that it cannot run for long" in here(answer)["notes"][0]


def test_what_runs_no_image_needs_nothing_of_the_registry(workloads: Workloads) -> None:
    """Also where the ledger knows no object's version: the revision may be older than Gantry."""
    workloads.function(TARGET).somebody_changes("7", package_type="Zip")
    workloads.images.deleted.add((TARGET.region, digest_of(7)))
    assert here(restore())["revision"] == "7"


def test_a_registry_that_does_not_answer_keeps_nobody_from_going_back(workloads: Workloads, services: Services) -> None:
    def refuse(_: str) -> None:
        raise ConnectTimeoutError(endpoint_url="https://ecr.test")

    vars(services)["images_in"] = refuse
    assert here(restore())["revision"] == "7"


def test_a_version_that_was_named_and_still_runs_is_restored_without_its_image(workloads: Workloads) -> None:
    workloads.images.deleted.add((TARGET.region, digest_of(7)))
    assert here(restore(version="7"))["revision"] == "7"


def test_where_the_manifest_forbids_to_wake_nothing_is_invoked_or_waited_for(workloads: Workloads) -> None:
    asleep = replace(LambdaTarget.of(TARGET), wake=False).as_target()
    record_live(live(8, 7, 6, target=asleep))
    becomes(workloads, 7, "Inactive")
    assert wake()["not_awake"] == [TARGET.id]
    assert wake(seconds_ago=5)["not_awake"] == [TARGET.id], "nor waited for later"
    assert workloads.function(TARGET).woken == []
    assert "nothing woke it" in here(restore(is_last=True))["notes"][0]


def test_a_call_that_only_keeps_the_function_awake_does_nothing() -> None:
    assert invoke(wake_version.handler, {"rehearsal": {}}) == {"awake": True}
