"""How a version is made: one change after the other, each of which Lambda finishes in its own time."""

from dataclasses import replace
from typing import Any, cast

import pytest

from gantry.promotion.deployment import Deployment, PreparationOutcome, StableRevision
from gantry.promotion.errors import (
    ArtifactNotFoundError,
    IncompatibleTargetError,
    LeaseLostError,
    RevisionMismatchError,
    TargetConflictError,
    TargetFailedError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.targets.findings import Prepared
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.found_versions import FoundVersions
from gantry.targets.lambda_alias.function import LambdaFunction
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.packages import ImagePackage
from gantry.targets.lambda_alias.preparation import LATEST, Preparation, is_settled
from tests.unit.targets.fake_lambda import REGISTRY, FakeLambda
from tests.unit.targets.fake_lambda_function import FakeFunction
from tests.unit.targets.fake_zips import sha256_of
from tests.unit.targets.lambda_alias.deployments import (
    AS_IN_THE_MANIFEST,
    NEW,
    OLD,
    OTHER,
    REGISTRY_ACCOUNT,
    ROLE,
    TARGET,
    WITH_ROLE,
    deployment,
)

STABLE = StableRevision("1", OLD)
WRITES = ("create_function", "update_function_configuration", "update_function_code", "publish_version")


@pytest.fixture
def empty() -> FakeLambda:
    """Lambda without any function."""
    return FakeLambda(looks_to_settle=None)


@pytest.fixture
def client(empty: FakeLambda) -> FakeLambda:
    """With version 1, as it is before the release. What changes from now on settles when a test says so."""
    empty.deploy("cowsay", OLD, MemorySize=256)
    return empty


@pytest.fixture
def function(client: FakeLambda) -> FakeFunction:
    return client.functions["cowsay"]


def lambda_function(client: FakeLambda, target: LambdaTarget = TARGET) -> LambdaFunction:
    return LambdaFunction(cast("Any", client), target)


def preparation(client: FakeLambda, of: Deployment | None = None, found: FoundVersions | None = None) -> Preparation:
    """Of a cold function, unless it is given what a warm one has found."""
    wanted = of or deployment()
    function = lambda_function(client, LambdaTarget.of(wanted.target))
    package = ImagePackage(wanted.release.artifact, REGISTRY_ACCOUNT, wanted.target.region)
    return Preparation(function, wanted, package, found or FoundVersions())


def advance(
    client: FakeLambda,
    of: Deployment | None = None,
    stable: StableRevision | None = STABLE,
    *,
    is_retry: bool = False,
    found: FoundVersions | None = None,
) -> Prepared:
    return preparation(client, of, found).advance(stable, lambda: None, is_retry=is_retry)


def writes(client: FakeLambda) -> list[str]:
    """The kinds of changes that were asked for, each once."""
    return [each for each in WRITES if client.calls[each]]


def published(version: str) -> Prepared:
    return Prepared(version, PreparationOutcome.PUBLISHED)


def test_it_takes_one_change_after_the_other_and_each_is_pending_until_it_has_settled(client: FakeLambda) -> None:
    for done in (WRITES[2:3], WRITES[1:3]):
        for _ in range(2):
            with pytest.raises(TargetPendingError, match=r"\$LATEST is Active with its last update InProgress"):
                advance(client, is_retry=bool(client.calls[done[0]]))
            assert writes(client) == list(done)
        client.settle()

    assert advance(client, is_retry=True) == published("2")
    assert [client.calls[each] for each in WRITES] == [0, 1, 1, 1]
    assert client.functions["cowsay"].versions["2"]["State"] == "Pending"


def test_the_version_that_has_the_traffic_is_read_once_for_all_tries(client: FakeLambda) -> None:
    found = FoundVersions()
    for number in range(2):
        with pytest.raises(TargetPendingError):
            advance(client, is_retry=number > 0, found=found)
        client.settle()
    assert advance(client, is_retry=True, found=found) == published("2")
    assert client.calls["get_function"] == 1 + 3


def test_a_first_try_reads_it_whatever_was_found_before(client: FakeLambda, function: FakeFunction) -> None:
    """A function that was deleted and created again has a version 1 again."""
    client.looks_to_settle, found = 0, FoundVersions()
    known = found.of(lambda_function(client), TARGET, STABLE, is_retry=False)
    function.describe("1", MemorySize=1024)
    assert found.of(lambda_function(client), TARGET, STABLE, is_retry=True) == known
    assert advance(client, replace(deployment(), configuration={}), found=found) == published("2")
    assert function.versions["2"]["MemorySize"] == 1024


def test_a_retry_reads_it_where_another_one_was_found_before(client: FakeLambda, function: FakeFunction) -> None:
    client.looks_to_settle, found = 0, FoundVersions()
    found.of(lambda_function(client), TARGET, replace(STABLE, digest=OTHER), is_retry=False)
    function.describe("1", MemorySize=1024)
    assert advance(client, replace(deployment(), configuration={}), is_retry=True, found=found) == published("2")
    assert function.versions["2"]["MemorySize"] == 1024


def test_what_is_prepared_by_an_older_find_is_no_match_for_the_version_as_it_is(
    client: FakeLambda, function: FakeFunction
) -> None:
    client.looks_to_settle, found = 0, FoundVersions()
    found.of(lambda_function(client), TARGET, STABLE, is_retry=False)
    function.describe("1", MemorySize=1024)
    again = preparation(client, replace(deployment(), configuration={}), found)
    prepared = again.advance(STABLE, lambda: None, is_retry=True)
    with pytest.raises(RevisionMismatchError, match="memory_mb: 256, not 1024"):
        again.confirm(prepared.revision, STABLE)


def test_changes_that_settle_at_once_need_one_call(client: FakeLambda, function: FakeFunction) -> None:
    client.looks_to_settle = 0
    before = dict(function.versions["1"])
    assert advance(client) == published("2")
    version = function.versions["2"]
    assert function.images["2"] == f"{REGISTRY}/cowsay@{NEW}"
    assert version.items() >= AS_IN_THE_MANIFEST.items()
    assert version["Description"] == "cowsay 4f0c2d1, manifest revision revision-2"
    assert function.versions["1"] == before


def test_a_retry_publishes_nothing_more(client: FakeLambda) -> None:
    client.looks_to_settle = 0
    once = advance(client)
    assert advance(client, is_retry=True) == once
    assert [client.calls[each] for each in WRITES[1:3]] == [1, 1]
    assert client.functions["cowsay"].published == 2


@pytest.mark.parametrize(
    ("digest", "settings", "changed"),
    [(OLD, AS_IN_THE_MANIFEST, "update_function_code"), (NEW, {}, "update_function_configuration")],
)
def test_only_what_differs_is_changed(client: FakeLambda, digest: str, settings: dict[str, Any], changed: str) -> None:
    version = client.deploy("cowsay", digest, **settings)
    client.looks_to_settle = 0
    assert advance(client, stable=StableRevision(version, digest)) == published("3")
    assert writes(client) == [changed, "publish_version"]


@pytest.mark.parametrize("uploaded_since", [None, OTHER])
def test_a_stable_version_that_is_the_release_is_unchanged_whatever_was_uploaded_since(
    client: FakeLambda, uploaded_since: str | None
) -> None:
    version = client.deploy("cowsay", NEW, **AS_IN_THE_MANIFEST)
    if uploaded_since:
        client.deploy("cowsay", uploaded_since, MemorySize=1024)
    prepared = advance(client, stable=StableRevision(version, NEW))
    assert prepared == Prepared(version, PreparationOutcome.UNCHANGED)
    assert writes(client) == []


def test_a_stable_version_that_was_deleted_meanwhile_is_published_again(
    client: FakeLambda, function: FakeFunction
) -> None:
    version = client.deploy("cowsay", NEW, **AS_IN_THE_MANIFEST)
    function.delete(version)
    assert advance(client, stable=StableRevision(version, NEW)) == published("3")


DRAFT = {
    "MemorySize": 1024,
    "Timeout": 60,
    "EphemeralStorage": {"Size": 2048},
    "Environment": {"Variables": {"DB": "dev-db"}},
    "ImageConfigResponse": {
        "ImageConfig": {"Command": ["evil"], "EntryPoint": ["/bin/sh"], "WorkingDirectory": "/tmp"}  # noqa: S108 -- within an image
    },
}
"""What another environment's alias, or a stranger, has left in `$LATEST`."""
OVERRIDES = {"Command": ["app.handler"], "EntryPoint": ["/entry.sh"], "WorkingDirectory": "/srv"}


@pytest.mark.parametrize("configuration", [{}, {"memory_mb": 256}, {"command": ["other"]}, {"environment": {}}])
def test_what_the_manifest_does_not_give_stays_as_the_stable_version_has_it_whatever_the_draft_has(
    client: FakeLambda, function: FakeFunction, configuration: dict[str, Any]
) -> None:
    client.looks_to_settle = 0
    stable = client.deploy(
        "cowsay", OLD, Timeout=5, Environment={"Variables": {"DB": "prod-db"}}, ImageConfig=dict(OVERRIDES)
    )
    function.describe(LATEST, **DRAFT)
    of = replace(deployment(), configuration=configuration)

    prepared = advance(client, of, StableRevision(stable, OLD))

    before, after = (LambdaConfiguration.of(function.versions[each]) for each in (stable, prepared.revision))
    assert after == replace(before, **configuration)
    assert preparation(client, of).confirm(prepared.revision, StableRevision(stable, OLD)).configuration == after


@pytest.mark.parametrize("setting", DRAFT)
def test_a_setting_of_the_draft_that_got_into_the_version_is_noticed_when_it_is_read_back(
    client: FakeLambda, function: FakeFunction, setting: str
) -> None:
    client.looks_to_settle = 0
    of = replace(deployment(), configuration={})
    version = advance(client, of).revision
    function.describe(version, **{setting: DRAFT[setting]})
    with pytest.raises(RevisionMismatchError):
        preparation(client, of).confirm(version, STABLE)


def test_a_first_deployment_takes_from_the_draft_what_the_manifest_does_not_give(
    client: FakeLambda, function: FakeFunction
) -> None:
    client.looks_to_settle = 0
    function.describe(LATEST, Timeout=60)
    prepared = advance(client, deployment(timeout_seconds=None), None)
    version = function.versions[prepared.revision]
    assert (version["Timeout"], version["MemorySize"]) == (60, 512)


INFRASTRUCTURE = (
    {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
    {"TracingConfig": {"Mode": "Active"}},
    {"Role": f"{ROLE}-2"},
)


@pytest.mark.parametrize("changed", INFRASTRUCTURE)
def test_what_only_infrastructure_sets_is_published_with_the_same_release(
    client: FakeLambda, function: FakeFunction, changed: dict[str, Any]
) -> None:
    client.looks_to_settle = 0
    stable = StableRevision(client.deploy("cowsay", NEW, **AS_IN_THE_MANIFEST), NEW)
    function.describe(LATEST, **changed)
    assert advance(client, stable=stable) == published("3")
    assert function.versions["3"].items() >= changed.items()


def test_a_draft_that_differs_in_nothing_that_is_versioned_makes_no_canary_of_the_stable_version(
    client: FakeLambda, function: FakeFunction
) -> None:
    client.looks_to_settle = 0
    stable = StableRevision(client.deploy("cowsay", NEW, **AS_IN_THE_MANIFEST), NEW)
    function.describe(stable.revision, TracingConfig={"Mode": "Active"})
    function.describe(LATEST, TracingConfig={"Mode": "PassThrough"})
    client.before("publish_version", lambda: function.versions[LATEST].update(TracingConfig={"Mode": "Active"}))
    assert advance(client, stable=stable) == Prepared(stable.revision, PreparationOutcome.UNCHANGED)


def test_the_image_comes_first_for_lambda_may_change_nothing_else_once_the_one_before_was_deleted(
    client: FakeLambda,
) -> None:
    client.looks_to_settle = 0
    client.missing_images.add(OLD)
    assert advance(client) == published("2")


def test_the_targets_role_becomes_the_versions_role(client: FakeLambda, function: FakeFunction) -> None:
    client.looks_to_settle = 0
    other = f"{ROLE}-2"
    advance(client, deployment(target=LambdaTarget("222222222222", "us-east-1", "cowsay", "live", other)))
    assert function.versions["2"]["Role"] == other


def test_latest_may_be_asleep(client: FakeLambda, function: FakeFunction) -> None:
    function.describe(LATEST, State="Inactive", StateReasonCode="Idle")
    client.looks_to_settle = 0
    assert advance(client) == published("2")


def test_latest_may_be_asleep_while_its_update_is_in_progress(client: FakeLambda, function: FakeFunction) -> None:
    """It says so after some quiet weeks, and an update does not wake it."""
    function.describe(LATEST, State="Inactive", StateReasonCode="Idle")
    with pytest.raises(TargetPendingError, match="Inactive with its last update InProgress"):
        advance(client)
    client.settle()
    function.describe(LATEST, State="Inactive", StateReasonCode="Idle")
    client.looks_to_settle = 0
    assert advance(client, is_retry=True) == published("2")


def test_the_first_deployment_creates_the_function_and_then_publishes_it(empty: FakeLambda) -> None:
    first = deployment(target=WITH_ROLE)
    with pytest.raises(TargetPendingError, match="the function is being created"):
        advance(empty, first, None)
    with pytest.raises(TargetPendingError, match="Creating The function is being created"):
        advance(empty, first, None, is_retry=True)
    empty.settle()
    assert advance(empty, first, None, is_retry=True) == Prepared("1", PreparationOutcome.CREATED)
    assert [empty.calls[each] for each in WRITES] == [1, 0, 0, 1]
    version = empty.functions["cowsay"].versions["1"]
    assert version.items() >= (AS_IN_THE_MANIFEST | {"Role": ROLE, "Architectures": ["x86_64"]}).items()
    assert empty.functions["cowsay"].images["1"].endswith(NEW)


def test_without_a_role_no_function_is_created(empty: FakeLambda) -> None:
    with pytest.raises(TargetNotFoundError, match="no role to create it with"):
        advance(empty, stable=None)
    assert empty.functions == {}


@pytest.mark.parametrize("is_retry", [False, True])
def test_a_function_whose_creation_failed_stays_failed(empty: FakeLambda, is_retry: bool) -> None:
    empty.looks_to_settle = 0
    with pytest.raises(TargetPendingError):
        advance(empty, deployment(target=WITH_ROLE), None)
    empty.functions["cowsay"].describe(LATEST, State="Failed", StateReasonCode="InvalidImage", StateReason="No entry")
    with pytest.raises(TargetFailedError, match=r"is Failed .* InvalidImage No entry"):
        advance(empty, deployment(target=WITH_ROLE), None, is_retry=is_retry)


def test_an_update_that_failed_before_is_replaced_by_the_next_release(
    client: FakeLambda, function: FakeFunction
) -> None:
    function.describe(LATEST, LastUpdateStatus="Failed", LastUpdateStatusReasonCode="ImageDeleted")
    client.looks_to_settle = 0
    assert advance(client) == published("2")


def test_an_update_that_failed_is_final_on_a_retry_because_it_is_its_own(
    client: FakeLambda, function: FakeFunction
) -> None:
    function.failure = ("InvalidImage", "Invalid entrypoint")
    with pytest.raises(TargetPendingError):
        advance(client)
    client.settle()
    with pytest.raises(TargetFailedError, match=r"InvalidImage Invalid entrypoint\. If that failed before"):
        advance(client, is_retry=True)
    assert client.calls["publish_version"] == 0


def test_an_update_that_fails_at_once_is_final(client: FakeLambda, function: FakeFunction) -> None:
    client.looks_to_settle = 0
    function.failure = ("ImageAccessDenied", "")
    with pytest.raises(TargetFailedError, match="ecr:BatchGetImage"):
        advance(client)


def test_an_image_that_is_gone_is_not_found(client: FakeLambda) -> None:
    client.looks_to_settle = 0
    client.missing_images.add(NEW)
    with pytest.raises(ArtifactNotFoundError, match="does not exist"):
        advance(client)


def test_a_function_that_is_made_of_a_zip_is_refused_before_anything_is_changed(
    client: FakeLambda, function: FakeFunction
) -> None:
    client.looks_to_settle = 0
    function.describe(LATEST, PackageType="Zip", CodeSha256=sha256_of(OLD))
    with pytest.raises(IncompatibleTargetError, match="another name"):
        advance(client)
    assert not any(client.calls[write] for write in WRITES)


@pytest.mark.parametrize("write", WRITES[1:])
def test_somebody_elses_change_between_two_calls_is_a_conflict_that_is_worth_a_retry(
    client: FakeLambda, function: FakeFunction, write: str
) -> None:
    client.looks_to_settle = 0
    client.before(write, lambda: function.describe(LATEST, MemorySize=1024))
    with pytest.raises(TargetConflictError):
        advance(client)
    assert function.published == 1
    assert advance(client, is_retry=True) == published("2")
    assert function.versions["2"]["MemorySize"] == 512


def test_code_that_somebody_else_uploads_right_before_publishing_is_not_published(
    client: FakeLambda, function: FakeFunction
) -> None:
    client.looks_to_settle = 0
    client.before("publish_version", lambda: function.update("UpdateFunctionCode", {}, f"{REGISTRY}/cowsay@{OTHER}"))
    with pytest.raises(TargetConflictError):
        advance(client)
    assert function.published == 1


@pytest.fixture
def read_back(client: FakeLambda) -> Preparation:
    """The preparation of version 2, which is there."""
    client.looks_to_settle = 0
    advance(client)
    return preparation(client)


def test_a_version_is_confirmed_with_everything_that_it_has(read_back: Preparation, function: FakeFunction) -> None:
    confirmed = read_back.confirm("2", STABLE)
    role = function.versions[LATEST]["Role"]
    assert confirmed.configuration == LambdaConfiguration(512, 10, 512, {"TO_SAY": "Moo"}, [], role, [], "")


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"MemorySize": 1024}, "memory_mb: 1024, not 512"),
        ({"Environment": {"Variables": {"TO_SAY": "hunter2"}}}, "environment: TO_SAY with another value"),
    ],
)
def test_a_version_with_another_configuration_is_not_what_was_asked_for(
    read_back: Preparation, function: FakeFunction, changed: dict[str, Any], difference: str
) -> None:
    function.describe("2", **changed)
    with pytest.raises(RevisionMismatchError) as raised:
        read_back.confirm("2", STABLE)
    assert str(raised.value) == f"{TARGET.id}: version 2 is not what was asked for: {difference}"


def test_a_version_with_another_image_is_not_what_was_asked_for(read_back: Preparation, function: FakeFunction) -> None:
    function.images["2"] = function.images["1"]
    with pytest.raises(RevisionMismatchError, match=f"digest: {OLD}, not {NEW}"):
        read_back.confirm("2", STABLE)


def test_a_version_that_is_deleted_before_it_is_read_back_is_missed(
    read_back: Preparation, client: FakeLambda, function: FakeFunction
) -> None:
    client.before("get_function", lambda: function.delete("2"))
    with pytest.raises(TargetNotFoundError, match="version 2 does not exist"):
        read_back.confirm("2", STABLE)


def settled(client: FakeLambda, version: str = "1") -> bool:
    return is_settled(lambda_function(client), TARGET, version)


def test_a_version_is_looked_at_once(client: FakeLambda) -> None:
    client.publish_version(FunctionName="cowsay")
    client.looks_to_settle = 1
    client.update_function_configuration(FunctionName="cowsay", MemorySize=512)
    client.settle()
    client.publish_version(FunctionName="cowsay")
    assert [settled(client, "2"), settled(client, "2")] == [False, True]
    assert client.calls["get_function"] == 2


@pytest.mark.parametrize(
    ("described", "why"),
    [
        ({"State": "Failed", "StateReasonCode": "InvalidImage", "StateReason": "No entry"}, "InvalidImage No entry"),
        ({"State": "Failed"}, "Lambda gives no reason"),
        ({"State": "Inactive", "StateReasonCode": "Idle"}, "invoke it once"),
        ({"LastUpdateStatus": "Failed", "LastUpdateStatusReasonCode": "ImageAccessDenied"}, "ecr:BatchGetImage"),
    ],
)
def test_a_version_that_never_settles_by_itself_says_why(
    client: FakeLambda, function: FakeFunction, described: dict[str, str], why: str
) -> None:
    function.describe("1", **described)
    with pytest.raises(TargetFailedError, match=why):
        settled(client)


def test_a_version_that_does_not_exist_never_settles(client: FakeLambda) -> None:
    with pytest.raises(TargetNotFoundError, match="version 9 does not exist"):
        settled(client, "9")


@pytest.mark.parametrize("settings", [{}, {"MemorySize": 256}], ids=["image", "configuration"])
def test_latest_is_not_changed_once_the_target_is_no_longer_held(client: FakeLambda, settings: dict[str, Any]) -> None:
    def lost() -> None:
        raise LeaseLostError

    if settings:
        client.functions["cowsay"].images[LATEST] = f"{REGISTRY}/cowsay@{NEW}"
    with pytest.raises(LeaseLostError):
        preparation(client).advance(STABLE, lost, is_retry=False)
    assert writes(client) == []
