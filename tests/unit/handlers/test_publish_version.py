"""PublishVersion: one immutable version that holds exactly what was asked for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gantry.handlers import publish_version
from gantry.promotion.configuration import Configuration
from gantry.promotion.errors import (
    LeaseLostError,
    RevisionMismatchError,
    TargetChangedError,
    TargetConflictError,
    TargetFailedError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.promotion.lease import Lease
from gantry.promotion.traffic import Routing
from tests.unit.handlers.fake_function import LATEST, FakeFunction
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    DIGEST,
    FENCE,
    OLD_DIGEST,
    ROLE,
    TARGET,
    deployment_input,
    invoke,
    payload,
    target_input,
)
from tests.unit.handlers.records import LOST, lease, record_lease
from tests.unit.handlers.workloads import Workloads

WITH_ROLE = replace(TARGET, role=ROLE)
ASKED = Configuration(512, 10, 512, {"TO_SAY": "Hello from prod"}, [], ROLE)
BEFORE = replace(ASKED, memory_mb=256)
STABLE = {"version": "1", "image_digest": OLD_DIGEST}
SHOWN = {
    "memory_mb": "512",
    "timeout_seconds": "10",
    "ephemeral_storage_mb": "512",
    "role": ROLE,
    "environment.TO_SAY": "Hello from prod",
    "command": "[]",
}
"""What was asked for, as people may see it."""
SECRETS: dict[str, Any] = {"environment": {"API_TOKEN": "hunter2"}, "command": ["run", "--password=hunter2"]}


@pytest.fixture(autouse=True)
def leased(ledger: Any) -> None:
    record_lease(lease())


def publish(stable: dict[str, str] | None = STABLE, settle_seconds: int = 90, **changed: Any) -> Any:
    deployment = deployment_input(**changed)
    event = payload("PublishVersion", deployment=deployment, stable=stable, settle_seconds=settle_seconds)
    return invoke(publish_version.handler, event)


def answer(version: str, outcome: str, **shown: str) -> dict[str, Any]:
    return {"version": version, "outcome": outcome, "configuration": SHOWN | shown}


@pytest.fixture
def function(workloads: Workloads) -> FakeFunction:
    """With version 1, as it is before the release."""
    there = workloads.function(TARGET)
    there.deployed(OLD_DIGEST, BEFORE)
    return there


def test_a_version_holds_the_digest_and_the_configuration_that_were_asked_for(
    function: FakeFunction, workloads: Workloads
) -> None:
    assert publish() == answer("2", "published")
    assert function.image_digest("2") == DIGEST
    assert function.states["2"].configuration == ASKED
    assert function.states["2"].state == "Active"
    assert function.writes == ["update_configuration", "update_image", "publish"]
    assert workloads.alias(TARGET).written == []


@pytest.mark.parametrize("now", LOST)
def test_who_lost_the_lease_changes_nothing_about_the_function(function: FakeFunction, now: Lease) -> None:
    record_lease(now)
    with pytest.raises(LeaseLostError, match=f"the lease is no longer {DEPLOYMENT}'s"):
        publish()
    assert function.writes == []


def test_who_lost_the_lease_creates_nothing(workloads: Workloads) -> None:
    record_lease(Lease(TARGET, FENCE))
    with pytest.raises(LeaseLostError):
        publish(None, target=target_input(WITH_ROLE))
    assert workloads.function(WITH_ROLE).states == {}
    assert workloads.alias(TARGET).written == []


def test_the_version_before_stays_as_it_was(function: FakeFunction) -> None:
    before = function.states["1"]
    publish()
    assert function.states["1"] == before


def test_a_retry_publishes_nothing_more_and_answers_the_same(function: FakeFunction) -> None:
    once = publish()
    writes = list(function.writes)
    assert publish() == once
    assert function.writes == writes


@pytest.mark.parametrize("interrupted_after", ["update_configuration", "update_image"])
def test_a_retry_goes_on_where_the_first_attempt_was_interrupted(
    function: FakeFunction, monkeypatch: pytest.MonkeyPatch, interrupted_after: str
) -> None:
    real = getattr(function, interrupted_after)

    def interrupted(*arguments: Any) -> None:
        real(*arguments)
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(function, interrupted_after, interrupted)
        with pytest.raises(TimeoutError):
            publish()
    assert publish() == answer("2", "published")
    assert function.writes == ["update_configuration", "update_image", "publish"]


def test_only_what_differs_is_changed(function: FakeFunction) -> None:
    function.deployed(OLD_DIGEST, ASKED)
    publish({"version": "2", "image_digest": OLD_DIGEST})
    assert function.writes == ["update_image", "publish"]


def test_new_configuration_for_the_same_image_is_a_new_version(function: FakeFunction) -> None:
    version = function.deployed(DIGEST, BEFORE)
    assert publish({"version": version, "image_digest": DIGEST}) == answer("3", "published")
    assert function.writes == ["update_configuration", "publish"]


def test_an_unchanged_release_publishes_nothing(function: FakeFunction) -> None:
    version = function.deployed(DIGEST, ASKED)
    assert publish({"version": version, "image_digest": DIGEST}) == answer("2", "unchanged")
    assert function.writes == []


def test_a_stable_version_that_is_the_release_is_unchanged_whatever_was_uploaded_since(function: FakeFunction) -> None:
    version = function.deployed(DIGEST, ASKED)
    function.deployed(OLD_DIGEST, BEFORE)
    assert publish({"version": version, "image_digest": DIGEST}) == answer(version, "unchanged")
    assert function.writes == []


def test_a_stable_version_that_was_deleted_meanwhile_is_published_again(function: FakeFunction) -> None:
    function.deployed(DIGEST, ASKED)
    del function.states["2"]
    assert publish({"version": "2", "image_digest": DIGEST})["outcome"] == "published"


def test_an_update_that_failed_earlier_does_not_keep_the_next_release_out(function: FakeFunction) -> None:
    function.states[LATEST] = replace(function.states[LATEST], last_update_status="Failed", reason="ImageDeleted")
    assert publish() == answer("2", "published")


def test_a_first_deployment_creates_function_and_alias(workloads: Workloads) -> None:
    function = workloads.function(WITH_ROLE)
    target = target_input(WITH_ROLE)
    assert publish(None, target=target, architecture="arm64") == answer("1", "created")
    assert function.writes == ["create", "publish"]
    assert function.image_digest("1") == DIGEST
    assert function.states["1"].configuration == ASKED
    assert function.states["1"].architecture == "arm64"
    assert workloads.alias(TARGET).written == [Routing("1")]


def test_a_retry_of_a_first_deployment_creates_nothing_more(workloads: Workloads) -> None:
    once = publish(None, target=target_input(WITH_ROLE))
    writes = list(workloads.function(WITH_ROLE).writes)
    assert publish(None, target=target_input(WITH_ROLE)) == once
    assert workloads.function(WITH_ROLE).writes == writes
    assert workloads.alias(TARGET).written == [Routing("1")]


def test_an_alias_that_appeared_meanwhile_and_routes_elsewhere_is_left_alone(
    function: FakeFunction, workloads: Workloads
) -> None:
    workloads.alias(TARGET).current = Routing("1")
    with pytest.raises(TargetChangedError):
        publish(None)
    assert workloads.alias(TARGET).current == Routing("1")
    assert function.image_digest("2") == DIGEST


def test_what_the_manifest_does_not_give_stays_as_the_function_has_it(function: FakeFunction) -> None:
    configuration = deployment_input()["configuration"] | {"memory_mb": None, "environment": None}
    assert publish(configuration=configuration) == answer("2", "published", memory_mb="256")
    assert function.states["2"].configuration == BEFORE


def test_what_the_manifest_does_not_give_is_answered_as_the_version_has_it_and_not_as_the_stable_one_had_it(
    function: FakeFunction,
) -> None:
    function.somebody_changes(LATEST, configuration=replace(BEFORE, timeout_seconds=60, environment={"BY_HAND": "1"}))
    given = dict.fromkeys(deployment_input()["configuration"]) | {"memory_mb": 1024}
    told = SHOWN | {"memory_mb": "1024", "timeout_seconds": "60", "environment.BY_HAND": "1"}
    del told["environment.TO_SAY"]
    assert publish(configuration=given) == {"version": "2", "outcome": "published", "configuration": told}
    assert function.states["1"].configuration == BEFORE


@pytest.mark.parametrize(
    ("digest", "before", "outcome"),
    [(None, BEFORE, "created"), (OLD_DIGEST, BEFORE, "published"), (DIGEST, replace(ASKED, **SECRETS), "unchanged")],
)
def test_no_secret_gets_into_the_answer_or_the_log(
    digest: str | None, before: Configuration, outcome: str, workloads: Workloads, logged: list[str]
) -> None:
    function = workloads.function(WITH_ROLE)
    stable = {"version": function.deployed(digest, before), "image_digest": digest} if digest else None
    configuration = deployment_input()["configuration"] | SECRETS
    answered = publish(stable, target=target_input(WITH_ROLE), configuration=configuration)
    assert answered["outcome"] == outcome
    assert answered["configuration"]["environment.API_TOKEN"] == "•••••• #13f6"
    assert answered["configuration"]["command"].startswith('["run", "--password=•••••• #')
    assert logged
    assert "hunter2" not in f"{answered}{logged}"


def test_no_secret_gets_into_the_error_about_a_version_that_is_not_what_was_asked_for(function: FakeFunction) -> None:
    other = replace(ASKED, environment={"API_TOKEN": "hunter3"})
    function.after_publishing = lambda version: function.somebody_changes(version, configuration=other)
    configuration = deployment_input()["configuration"] | {"environment": {"API_TOKEN": "hunter2"}}
    with pytest.raises(RevisionMismatchError, match=r"environment: API_TOKEN with another value$") as raised:
        publish(configuration=configuration)
    assert "hunter" not in str(raised.value)


def test_the_targets_role_becomes_the_versions_role(function: FakeFunction) -> None:
    publish(target=target_input(replace(TARGET, role=f"{ROLE}-2")))
    assert function.states["2"].configuration.role == f"{ROLE}-2"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"code_sha256": "c" * 64}, f"image_digest: sha256:{'c' * 64}, not {DIGEST}"),
        ({"configuration": replace(ASKED, memory_mb=1024)}, "memory_mb: 1024, not 512"),
    ],
)
def test_a_version_that_is_not_what_was_asked_for_gets_no_traffic(
    function: FakeFunction, workloads: Workloads, change: dict[str, Any], told: str
) -> None:
    function.after_publishing = lambda version: function.somebody_changes(version, **change)
    with pytest.raises(RevisionMismatchError) as raised:
        publish()
    assert str(raised.value) == f"Version 2 of cowsay is not what was asked for: {told}"
    assert workloads.alias(TARGET).written == []


def test_a_version_that_is_deleted_before_it_is_read_back_is_missed(
    function: FakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = function.configuration

    def forgetful(qualifier: str | None = None) -> Any:
        return None if qualifier == "2" else real(qualifier)

    function.after_publishing = lambda _: monkeypatch.setattr(function, "configuration", forgetful)
    monkeypatch.setattr(function, "wait_until_settled", _not_for("2", function.wait_until_settled))
    with pytest.raises(TargetNotFoundError, match="Version 2 of cowsay was deleted right after it was published"):
        publish()


def _not_for(version: str, wait: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments, **given: None if version in arguments else wait(*arguments, **given)


def test_somebody_elses_change_between_two_calls_is_a_conflict_that_is_worth_a_retry(
    function: FakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = function.image_digest

    def while_somebody_changes_it(version: str) -> str:
        function.somebody_changes(LATEST)
        return real(version)

    with monkeypatch.context() as patch:
        patch.setattr(function, "image_digest", while_somebody_changes_it)
        with pytest.raises(TargetConflictError):
            publish()
    assert "publish" not in function.writes
    assert publish() == answer("2", "published")


def test_what_somebody_else_makes_of_the_function_right_after_it_was_updated_is_not_published(
    function: FakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = function.update_image

    def update_and_be_changed(image_uri: str, revision_id: str) -> None:
        update(image_uri, revision_id)
        function.somebody_changes(LATEST, configuration=replace(BEFORE, timeout_seconds=60))

    with monkeypatch.context() as patch:
        patch.setattr(function, "update_image", update_and_be_changed)
        with pytest.raises(TargetConflictError, match="somebody else changed the function right after"):
            publish()
    assert "publish" not in function.writes
    assert publish() == answer("2", "published")


def test_lambda_gets_as_long_for_each_change_as_the_definition_says(function: FakeFunction) -> None:
    function.takes_seconds = 60
    with pytest.raises(TargetPendingError):
        publish(settle_seconds=59)
    assert function.writes == ["update_configuration"]
    assert publish(settle_seconds=60) == answer("2", "published")
    assert function.writes == ["update_configuration", "update_image", "publish"]


def test_a_function_that_does_not_settle_is_not_published(function: FakeFunction) -> None:
    function.refusal = TargetFailedError("ImageAccessDenied")
    with pytest.raises(TargetFailedError, match="ImageAccessDenied"):
        publish()
    assert function.writes == []
