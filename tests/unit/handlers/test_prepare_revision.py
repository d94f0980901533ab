"""PrepareRevision and SettleTarget: one immutable version that holds exactly what was asked for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gantry.handlers.deployment_machine import prepare_revision, settle_target
from gantry.promotion.errors import (
    DraftChangedError,
    LeaseLostError,
    RevisionMismatchError,
    TargetConflictError,
    TargetFailedError,
    TargetPendingError,
)
from gantry.promotion.lease import Lease
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from gantry.targets.lambda_alias.packages import DeploymentPackage
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
    with_role,
)
from tests.unit.handlers.records import LOST, lease, record_lease
from tests.unit.handlers.workloads import Workloads
from tests.unit.masked import MASKING

WITH_ROLE = with_role(ROLE)
ASKED = LambdaConfiguration(512, 10, 512, {"TO_SAY": "Hello from prod"}, [], ROLE, [], "")
BEFORE = replace(ASKED, memory_mb=256)
STABLE = {"revision": "1", "digest": OLD_DIGEST}
SHOWN = {
    "memory_mb": "512",
    "timeout_seconds": "10",
    "ephemeral_storage_mb": "512",
    "role": ROLE,
    "environment.TO_SAY": "Hello from prod",
    "command": "[]",
    "entry_point": "[]",
    "working_directory": "the image's own",
    "infrastructure": "none",
}
"""What was asked for, as people may see it."""
SECRETS: dict[str, Any] = {"environment": {"API_TOKEN": "hunter2"}, "command": ["run", "--password=hunter2"]}


@pytest.fixture(autouse=True)
def leased(ledger: Any) -> None:
    record_lease(lease())


def prepare(stable: dict[str, str] | None = STABLE, attempt: int = 0, **changed: Any) -> Any:
    """One try."""
    event = payload("PrepareRevision", deployment=deployment_input(**changed), stable=stable, attempt=attempt)
    return invoke(prepare_revision.handler, event)


def settle(revision: str, outcome: str = "published", stable: dict[str, str] | None = STABLE, **changed: Any) -> Any:
    """One look."""
    event = payload(
        "SettleTarget", deployment=deployment_input(**changed), stable=stable, revision=revision, outcome=outcome
    )
    return invoke(settle_target.handler, event)


def publish(stable: dict[str, str] | None = STABLE, **changed: Any) -> Any:
    """As the definition does it: again and again while something is under way."""
    prepared = again_while_pending(lambda attempt: prepare(stable, attempt, **changed))
    return prepared | again_while_pending(lambda _: settle(**prepared, stable=stable, **changed))


def again_while_pending(state: Callable[[int], Any]) -> Any:
    for attempt in range(10):
        try:
            return state(attempt)
        except TargetPendingError:
            continue
    raise AssertionError("it never settles")


def answer(revision: str, outcome: str, **shown: str) -> dict[str, Any]:
    return {"revision": revision, "outcome": outcome, "configuration": SHOWN | shown}


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
    assert function.digest("2") == DIGEST
    assert function.states["2"].configuration == ASKED
    assert function.states["2"].state == "Active"
    assert function.writes == ["update_code", "update_configuration", "publish"]
    assert workloads.alias(TARGET).written == []


@pytest.mark.parametrize("now", LOST)
def test_a_deployment_that_lost_its_lease_changes_nothing_about_the_function(
    function: FakeFunction, now: Lease
) -> None:
    record_lease(now)
    with pytest.raises(LeaseLostError, match=f"{DEPLOYMENT} no longer holds the lease"):
        publish()
    assert function.writes == []


def test_a_deployment_that_lost_its_lease_creates_nothing(workloads: Workloads) -> None:
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


@pytest.mark.parametrize("interrupted_after", ["update_configuration", "update_code"])
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
    assert function.writes == ["update_code", "update_configuration", "publish"]


def test_only_what_differs_is_changed(function: FakeFunction) -> None:
    function.deployed(OLD_DIGEST, ASKED)
    publish({"revision": "2", "digest": OLD_DIGEST})
    assert function.writes == ["update_code", "publish"]


def test_new_configuration_for_the_same_image_is_a_new_version(function: FakeFunction) -> None:
    version = function.deployed(DIGEST, BEFORE)
    assert publish({"revision": version, "digest": DIGEST}) == answer("3", "published")
    assert function.writes == ["update_configuration", "publish"]


def test_an_unchanged_release_publishes_nothing(function: FakeFunction) -> None:
    version = function.deployed(DIGEST, ASKED)
    assert publish({"revision": version, "digest": DIGEST}) == answer("2", "unchanged")
    assert function.writes == []


def test_a_stable_version_that_is_the_release_is_unchanged_whatever_was_uploaded_since(function: FakeFunction) -> None:
    version = function.deployed(DIGEST, ASKED)
    function.deployed(OLD_DIGEST, BEFORE)
    assert publish({"revision": version, "digest": DIGEST}) == answer(version, "unchanged")
    assert function.writes == []


def test_a_stable_version_that_was_deleted_meanwhile_is_published_again(function: FakeFunction) -> None:
    function.deployed(DIGEST, ASKED)
    del function.states["2"]
    assert publish({"revision": "2", "digest": DIGEST})["outcome"] == "published"


def test_an_update_that_failed_earlier_does_not_keep_the_next_release_out(function: FakeFunction) -> None:
    function.states[LATEST] = replace(function.states[LATEST], last_update_status="Failed", reason="ImageDeleted")
    assert publish() == answer("2", "published")


def test_a_first_deployment_creates_the_function_and_gives_it_no_traffic(workloads: Workloads) -> None:
    function = workloads.function(WITH_ROLE)
    target = target_input(WITH_ROLE)
    assert publish(None, target=target, architecture="arm64") == answer("1", "created")
    assert function.writes == ["create", "publish"]
    assert function.digest("1") == DIGEST
    assert function.states["1"].configuration == ASKED
    assert function.states["1"].architecture == "arm64"
    assert workloads.alias(TARGET).written == []


def test_a_retry_of_a_first_deployment_creates_nothing_more(workloads: Workloads) -> None:
    once = publish(None, target=target_input(WITH_ROLE))
    writes = list(workloads.function(WITH_ROLE).writes)
    assert publish(None, target=target_input(WITH_ROLE)) == once
    assert workloads.function(WITH_ROLE).writes == writes
    assert workloads.alias(TARGET).written == []


def test_what_the_manifest_does_not_give_stays_as_the_stable_version_has_it(function: FakeFunction) -> None:
    draft = replace(BEFORE, timeout_seconds=60, environment={"DB": "dev-db"}, command=["evil"], entry_point=["sh"])
    function.somebody_changes(LATEST, configuration=draft)
    configuration = {"timeout_seconds": 10}
    assert publish(configuration=configuration) == answer("2", "published", memory_mb="256")
    assert function.states["2"].configuration == function.states["1"].configuration == BEFORE


def test_what_only_infrastructure_sets_comes_with_the_draft_and_is_answered(function: FakeFunction) -> None:
    function.somebody_changes(LATEST, infrastructure=Infrastructure({"tracing": "Active"}), role=f"{ROLE}-2")
    settings = publish(configuration={"memory_mb": 1024})["configuration"]
    assert settings["infrastructure.tracing"] == "Active"
    assert "infrastructure" not in settings


APPROVED = {"infrastructure.tracing": "Active", "role": ROLE}


def test_a_version_with_what_its_approvers_saw_goes_on(function: FakeFunction) -> None:
    function.somebody_changes(LATEST, infrastructure=Infrastructure({"tracing": "Active"}))
    assert publish(draft=APPROVED)["configuration"].items() >= APPROVED.items()


@pytest.mark.parametrize("now", [{}, {"tracing": "Active", "kms_key": "arn:key"}, {"dead_letter_queue": "arn:queue"}])
def test_a_version_with_what_its_approvers_did_not_see_gets_no_traffic(
    function: FakeFunction, workloads: Workloads, now: dict[str, str]
) -> None:
    function.somebody_changes(LATEST, infrastructure=Infrastructure(now))
    with pytest.raises(DraftChangedError, match=r"infrastructure.* Start the promotion again"):
        publish(draft=APPROVED)
    assert workloads.alias(TARGET).written == []


@pytest.mark.parametrize(
    ("digest", "before", "outcome"),
    [(None, BEFORE, "created"), (OLD_DIGEST, BEFORE, "published"), (DIGEST, replace(ASKED, **SECRETS), "unchanged")],
)
def test_no_secret_gets_into_the_answer_or_the_log(
    digest: str | None, before: LambdaConfiguration, outcome: str, workloads: Workloads, logged: list[str]
) -> None:
    function = workloads.function(WITH_ROLE)
    stable = {"revision": function.deployed(digest, before), "digest": digest} if digest else None
    configuration = deployment_input()["configuration"] | SECRETS
    answered = publish(stable, target=target_input(WITH_ROLE), configuration=configuration)
    assert answered["outcome"] == outcome
    assert answered["configuration"]["environment.API_TOKEN"] == MASKING.value("API_TOKEN", "hunter2")
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
    publish(target=target_input(with_role(f"{ROLE}-2")))
    assert function.states["2"].configuration.role == f"{ROLE}-2"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"code_sha256": "c" * 64}, f"digest: sha256:{'c' * 64}, not {DIGEST}"),
        ({"configuration": replace(ASKED, memory_mb=1024)}, "memory_mb: 1024, not 512"),
    ],
)
def test_a_version_that_is_not_what_was_asked_for_gets_no_traffic(
    function: FakeFunction, workloads: Workloads, change: dict[str, Any], told: str
) -> None:
    function.after_publishing = lambda version: function.somebody_changes(version, **change)
    with pytest.raises(RevisionMismatchError) as raised:
        publish()
    assert str(raised.value) == f"{TARGET.id}: version 2 is not what was asked for: {told}"
    assert workloads.alias(TARGET).written == []


@pytest.mark.usefixtures("function")
def test_a_version_that_is_not_shown_yet_or_was_deleted_is_looked_for_again() -> None:
    publish()
    with pytest.raises(TargetPendingError, match="version 3 does not exist"):
        settle("3")


def test_somebody_elses_change_between_two_calls_is_a_conflict_that_is_worth_a_retry(
    function: FakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = function.state

    def read_and_be_changed(version: str | None = None) -> FunctionState | None:
        found = read(version)
        function.somebody_changes(LATEST)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(function, "state", read_and_be_changed)
        with pytest.raises(TargetConflictError):
            again_while_pending(lambda attempt: prepare(attempt=attempt))
    assert "publish" not in function.writes
    assert publish() == answer("2", "published")


def test_what_somebody_else_makes_of_the_function_right_after_it_was_updated_is_not_published(
    function: FakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = function.update_code

    def update_and_be_changed(package: DeploymentPackage, revision_id: str) -> Any:
        answered = update(package, revision_id)
        function.somebody_changes(LATEST, configuration=replace(BEFORE, timeout_seconds=60))
        return answered

    with monkeypatch.context() as patch:
        patch.setattr(function, "update_code", update_and_be_changed)
        for attempt in range(2):
            with pytest.raises(TargetPendingError):
                prepare(attempt=attempt)
    assert "publish" not in function.writes
    assert publish() == answer("2", "published")


def test_each_change_that_takes_time_is_waited_for_by_another_try(function: FakeFunction) -> None:
    function.takes_looks = 1
    with pytest.raises(TargetPendingError, match=r"\$LATEST is Active with its last update InProgress"):
        prepare()
    assert function.writes == ["update_code"]
    with pytest.raises(TargetPendingError):
        prepare(attempt=1)
    assert function.writes == ["update_code"]
    assert publish() == answer("2", "published")
    assert function.writes == ["update_code", "update_configuration", "publish"]


def test_a_version_that_is_not_ready_is_looked_at_again(function: FakeFunction) -> None:
    prepared = again_while_pending(lambda attempt: prepare(attempt=attempt))
    function.takes_looks = 1
    with pytest.raises(TargetPendingError, match="2 is Pending with its last update"):
        settle(prepared["revision"])
    assert settle(prepared["revision"])["configuration"] == SHOWN


def test_a_version_that_never_gets_ready_is_given_up(function: FakeFunction) -> None:
    again_while_pending(lambda attempt: prepare(attempt=attempt))
    function.somebody_changes("2", state="Inactive")
    with pytest.raises(TargetFailedError, match="invoke it once to wake it up"):
        settle("2")


def test_an_unchanged_version_may_be_asleep(function: FakeFunction) -> None:
    version = function.deployed(DIGEST, ASKED)
    function.somebody_changes(version, state="Inactive")
    assert publish({"revision": version, "digest": DIGEST}) == answer(version, "unchanged")


def test_an_update_of_this_deployment_that_failed_is_final(function: FakeFunction) -> None:
    with pytest.raises(TargetPendingError):
        prepare()
    function.somebody_changes(LATEST, last_update_status="Failed", reason="ImageAccessDenied: no grant")
    with pytest.raises(TargetFailedError, match="ImageAccessDenied: no grant; the repository's policy needs"):
        prepare(attempt=1)
    assert function.writes == ["update_code"]


def test_a_function_that_does_not_settle_is_not_published(function: FakeFunction) -> None:
    function.refusal = TargetFailedError("ImageAccessDenied")
    with pytest.raises(TargetFailedError, match="ImageAccessDenied"):
        publish()
    assert function.writes == []
