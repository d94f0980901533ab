"""What functions that are made of zips add to what every target of the kind promises."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.deployment import Deployment, PreparationOutcome, StableRevision
from gantry.promotion.errors import ArtifactNotFoundError, IncompatibleTargetError, TargetPendingError
from gantry.targets.kind import TargetKind
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.making import make_kind
from gantry.targets.lambda_alias.schema import SCHEMA
from tests.unit.masked import MASKING
from tests.unit.targets.fake_accounts import FakeAccounts
from tests.unit.targets.fake_lambda import FakeLambda
from tests.unit.targets.fake_zips import FakeZips, sha256_of
from tests.unit.targets.kind_parts import parts
from tests.unit.targets.lambda_alias.deployments import NEW, OLD, REGISTRY_ACCOUNT, TARGET, WITH_ROLE, deployment
from tests.unit.targets.lambda_alias.test_kind import DELAY

BUCKET, KEY = "acme-artifacts", "cowsay.zip"
LAYER = "arn:aws:lambda:us-east-1:222222222222:layer:common:7"
RUNS: dict[str, Any] = {"runtime": "python3.13", "handler": "app.handler"}
AS_LAMBDA_SPELLS_IT: dict[str, Any] = {"Runtime": "python3.13", "Handler": "app.handler"}
STABLE = StableRevision("1", OLD)


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts()


@pytest.fixture
def client(accounts: FakeAccounts) -> FakeLambda:
    found = accounts.lambda_of(TARGET.as_target())
    for digest in (OLD, NEW):
        found.zips.put(BUCKET, KEY, digest, digest)
    return found


@pytest.fixture
def kind(accounts: FakeAccounts, client: FakeLambda) -> TargetKind:
    del client
    return make_kind(parts(accounts, REGISTRY_ACCOUNT, DELAY))


@pytest.fixture
def live(client: FakeLambda) -> FakeLambda:
    client.deploy("cowsay", OLD, "Zip", **AS_LAMBDA_SPELLS_IT, Layers=[LAYER])
    client.route("cowsay", "live", "1")
    return client


def zipped(digest: str = NEW, target: LambdaTarget = TARGET, **configuration: Any) -> Deployment:
    artifact = Artifact(ArtifactKind.S3_OBJECT, digest, f"{BUCKET}/{KEY}", digest, {"eu-west-1": "acme-artifacts-eu"})
    of_image = deployment(digest, target, **configuration)
    return replace(of_image, release=replace(of_image.release, artifact=artifact))


def prepared(kind: TargetKind, of: Deployment, stable: StableRevision | None = STABLE) -> Any:
    for attempt in range(8):
        try:
            return kind.prepare(of, stable, lambda: None, is_retry=attempt > 0)
        except TargetPendingError:
            continue
    raise AssertionError("it never ends")


def test_the_version_that_is_published_is_known_by_its_zips_sha256(kind: TargetKind, live: FakeLambda) -> None:
    assert kind.inspect(zipped(), MASKING).stable == STABLE
    assert prepared(kind, zipped()).revision == "2"
    assert live.functions["cowsay"].versions["2"]["CodeSha256"] == sha256_of(NEW)
    state = kind.state(TARGET.as_target(), "2")
    assert (kind.digest(TARGET.as_target(), "2"), state and state.digest) == (NEW, NEW)


def test_a_zip_that_the_function_has_already_is_not_uploaded_again(kind: TargetKind, live: FakeLambda) -> None:
    live.functions["cowsay"].update("UpdateFunctionCode", {"CodeSha256": sha256_of(NEW)})
    assert prepared(kind, zipped()).outcome is PreparationOutcome.PUBLISHED
    assert live.calls["update_function_code"] == 0


def test_what_the_manifest_does_not_say_of_a_zip_stays_as_the_live_version_has_it(
    kind: TargetKind, live: FakeLambda
) -> None:
    live.functions["cowsay"].describe(Runtime="python3.14", Handler="other.handler", Layers=[])
    version = prepared(kind, zipped()).revision
    published = live.functions["cowsay"].versions[version]
    assert (published["Runtime"], published["Handler"]) == ("python3.13", "app.handler")
    assert [each["Arn"] for each in published["Layers"]] == [LAYER]


def test_another_runtime_or_layer_is_another_version_of_the_same_zip(kind: TargetKind, live: FakeLambda) -> None:
    assert prepared(kind, zipped(OLD, runtime="python3.14")).outcome is PreparationOutcome.PUBLISHED
    assert kind.confirm(zipped(OLD, runtime="python3.14"), "2", STABLE, MASKING)["runtime"] == "python3.14"
    assert prepared(kind, zipped(OLD, layers=[])).outcome is PreparationOutcome.PUBLISHED
    assert kind.confirm(zipped(OLD, layers=[]), "3", STABLE, MASKING)["layers"] == "none"
    assert live.calls["update_function_code"] == 0


def test_a_snapstart_version_is_waited_for_while_lambda_makes_its_snapshot(kind: TargetKind, live: FakeLambda) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html: Pending, for minutes."""
    version = prepared(kind, zipped()).revision
    live.functions["cowsay"].describe(version, State="Pending", SnapStart={"ApplyOn": "PublishedVersions"})
    with pytest.raises(TargetPendingError):
        kind.confirm(zipped(), version, STABLE, MASKING, is_new=True)


def test_a_new_function_is_created_from_a_zip(kind: TargetKind, client: FakeLambda) -> None:
    first = zipped(target=WITH_ROLE, **RUNS)
    assert kind.inspect(first, MASKING).stable is None
    assert prepared(kind, first, None).outcome is PreparationOutcome.CREATED
    created = client.functions["cowsay"].versions["1"]
    assert (created["PackageType"], created["Runtime"], created["Handler"]) == ("Zip", "python3.13", "app.handler")


@pytest.mark.parametrize(
    ("given", "missing"), [({}, "runtime and handler"), ({"runtime": "python3.13"}, "handler"), (RUNS, None)]
)
def test_a_function_that_has_yet_to_be_created_needs_a_runtime_and_a_handler(
    kind: TargetKind, given: dict[str, Any], missing: str | None
) -> None:
    first = zipped(target=WITH_ROLE, **given)
    if missing is None:
        assert kind.inspect(first, MASKING).stable is None
        return
    with pytest.raises(IncompatibleTargetError, match=f"created from a zip, add {missing} to configuration"):
        kind.inspect(first, MASKING)


def test_a_new_function_takes_from_nobody_what_a_zip_can_be_given(kind: TargetKind) -> None:
    draft = kind.draft(WITH_ROLE.as_target(), {"memory_mb": 512, **RUNS}, MASKING)
    assert draft["layers"] == "none"
    assert not {"runtime", "handler", "command", "entry_point", "working_directory"} & draft.keys()


@pytest.mark.parametrize(("made_of", "release"), [("Zip", deployment()), ("Image", zipped())])
def test_a_function_never_gets_the_other_kind_of_artifact(
    kind: TargetKind, client: FakeLambda, made_of: str, release: Deployment
) -> None:
    client.deploy("cowsay", OLD, made_of, **(AS_LAMBDA_SPELLS_IT if made_of == "Zip" else {}))
    client.route("cowsay", "live", "1")
    with pytest.raises(IncompatibleTargetError, match="Lambda cannot change that"):
        kind.inspect(release, MASKING)
    with pytest.raises(IncompatibleTargetError, match="Lambda cannot change that"):
        prepared(kind, release)
    assert client.calls["update_function_code"] == 0


def test_layers_of_another_region_are_refused_before_anything_is_changed(kind: TargetKind, live: FakeLambda) -> None:
    del live
    elsewhere = LAYER.replace("us-east-1", "eu-west-1")
    with pytest.raises(IncompatibleTargetError, match=f"only layers of us-east-1, .*: {elsewhere}"):
        kind.inspect(zipped(layers=[LAYER, elsewhere]), MASKING)


def test_in_another_region_the_copy_is_deployed_that_its_account_can_read(accounts: FakeAccounts) -> None:
    there = LambdaTarget("222222222222", "eu-west-1", "cowsay", "live")
    client = accounts.lambda_of(there.as_target())
    client.deploy("cowsay", OLD, "Zip", **AS_LAMBDA_SPELLS_IT)
    kind = make_kind(parts(accounts, REGISTRY_ACCOUNT, DELAY))
    with pytest.raises(ArtifactNotFoundError):
        prepared(kind, zipped(target=there))
    zips: FakeZips = accounts.zips_of(there.as_target())
    zips.put("acme-artifacts-eu", f".gantry/{NEW.removeprefix('sha256:')}/{KEY}", "copy-1", NEW)
    assert kind.digest(there.as_target(), prepared(kind, zipped(target=there)).revision) == NEW


@pytest.mark.parametrize(
    ("artifact", "refused"),
    [
        (ArtifactKind.CONTAINER_IMAGE, ["runtime", "handler", "layers"]),
        (ArtifactKind.S3_OBJECT, ["command", "entry_point", "working_directory"]),
        (None, []),
    ],
)
def test_a_manifest_gives_no_setting_that_its_artifact_cannot_have(
    artifact: ArtifactKind | None, refused: list[str]
) -> None:
    everything = {**RUNS, "layers": [], "command": [], "entry_point": [], "working_directory": "", "memory_mb": 128}
    found = list(SCHEMA.configuration_problems(everything, artifact=artifact))
    assert [each.location for each in found] == [(key,) for key in refused]
