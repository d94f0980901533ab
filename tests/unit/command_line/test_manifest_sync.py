"""`gantry manifest sync`, with a repository of its own and a bucket in memory."""

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gantry.aws import clients, ledger_keys
from gantry.aws.ledger_items import to_item
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor
from gantry.promotion.target import Target
from tests.unit.command_line.a_repository import Repository, manifest
from tests.unit.command_line.printed import require_documented
from tests.unit.command_line.running import run

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3.client import S3Client

BUCKET = "manifests"
TARGET = Target("lambda", "222222222222", "us-east-1", "cowsay/live", "arn:aws:lambda:us-east-1:2:function:c:live", {})


@pytest.fixture
def s3(kept: "Table", monkeypatch: pytest.MonkeyPatch) -> "S3Client":
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "CI_PROJECT_URL", "CI_PIPELINE_URL"):
        monkeypatch.delenv(name, raising=False)
    client = boto3.client("s3", "us-east-1")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return client


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.make(tmp_path / "services of acme")


@pytest.fixture
def puts(s3: "S3Client") -> list[str]:
    """The keys that are written from now on."""
    found: list[str] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        found.append(f"{model.name} {params['url_path']}")

    for name in ("PutObject", "DeleteObject"):
        clients.aws().events.register(f"before-call.s3.{name}", note)
    return found


def synced(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> dict[str, Any]:
    """What `sync` says, by service."""
    capsys.readouterr()
    assert run("manifest", "sync", *arguments, "--output", "json") == code
    found = json.loads(capsys.readouterr().out)
    require_documented("manifest-sync", found)
    return {each["service"]: each for each in found["manifests"]} | {"": found}


def actions(found: dict[str, Any]) -> dict[str, str]:
    return {service: each["action"] for service, each in found.items() if service}


def metadata(s3: "S3Client", service: str) -> dict[str, str]:
    return s3.head_object(Bucket=BUCKET, Key=f"services/{service}.yaml")["Metadata"]


def test_a_new_manifest_is_uploaded_with_its_commit(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/services")
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    text = manifest("cowsay")
    commit = repository.commit(cowsay=text)

    step = synced(capsys, repository.path / "services")["cowsay"]

    there = s3.get_object(Bucket=BUCKET, Key="services/cowsay.yaml")
    assert there["Body"].read().decode() == text
    assert there["Metadata"] == {
        "git-commit": commit,
        "git-repository": "https://github.com/acme/services",
        "git-path": "services/cowsay.yaml",
        "run-url": "https://github.com/acme/services/actions/runs/7",
        "sha256": sha256(text.encode()).hexdigest(),
    }
    assert (step["action"], step["is_done"], step["revision"]) == ("upload", True, there["VersionId"])
    assert step["sha256"] == sha256(text.encode()).hexdigest()


def test_only_what_changed_is_uploaded(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str], puts: list[str]
) -> None:
    old = repository.commit(cowsay=manifest("cowsay"), horse=manifest("horse"))
    synced(capsys, repository.path)
    before = metadata(s3, "horse")
    puts.clear()
    repository.commit(cowsay=manifest("cowsay", 1024))

    found = synced(capsys, repository.path)

    assert actions(found) == {"cowsay": "upload", "horse": "nothing"}
    assert found["cowsay"]["why"] == f"changed since {old[:7]}"
    assert puts == ["PutObject /services/cowsay.yaml"]
    assert metadata(s3, "horse") == before


def test_a_fresh_clone_uploads_nothing(
    s3: "S3Client", repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str], puts: list[str]
) -> None:
    """Times of files say nothing, as `aws s3 sync` takes them to."""
    repository.commit(cowsay=manifest("cowsay"))
    synced(capsys, repository.path)
    puts.clear()
    repository.git("clone", "--quiet", str(repository.path), str(tmp_path / "clone"))

    found = synced(capsys, tmp_path / "clone", "--repository", "https://github.com/acme/services")

    assert (actions(found), puts) == ({"cowsay": "nothing"}, [])


def test_a_change_of_the_same_length_is_a_change(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit(cowsay=manifest("cowsay", 512))
    synced(capsys, repository.path)
    repository.commit(cowsay=manifest("cowsay", 513))
    assert actions(synced(capsys, repository.path)) == {"cowsay": "upload"}


def test_what_is_not_committed_is_not_uploaded_and_said(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    text = manifest("cowsay")
    commit = repository.commit(cowsay=text)
    repository.write("services/cowsay.yaml", manifest("cowsay", 2048))
    repository.write("services/horse.yaml", manifest("horse"))

    assert run("manifest", "sync", repository.path) == 0

    said = capsys.readouterr()
    assert f"Not as in {commit[:7]}, which is what is synced: services/cowsay.yaml, services/horse.yaml" in said.err
    assert s3.get_object(Bucket=BUCKET, Key="services/cowsay.yaml")["Body"].read().decode() == text
    assert said.out == "services/cowsay.yaml: uploaded: new\n"


def test_if_one_is_wrong_nothing_is_uploaded(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str], puts: list[str]
) -> None:
    repository.commit(cowsay=manifest("cowsay"), horse=manifest("horse").replace("git-sha", "dates"))

    found = synced(capsys, repository.path, code=1)

    (problem,) = found[""]["problems"]
    assert problem.startswith("services/horse.yaml:2: versioning")
    assert (actions(found), puts) == ({}, [])


def test_two_manifests_of_one_service_are_a_problem(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.write("a.yaml", manifest("cowsay"))
    repository.write("b.yaml", manifest("cowsay", 128))
    repository.commit_all()
    assert synced(capsys, repository.path, code=1)[""]["problems"] == [
        "b.yaml: a.yaml is a manifest of cowsay too: keep one"
    ]


def test_an_older_commit_does_not_overtake_a_newer_one(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str], puts: list[str]
) -> None:
    older = repository.commit(cowsay=manifest("cowsay"), horse=manifest("horse", 128))
    newer = repository.commit(cowsay=manifest("cowsay", 1024))
    synced(capsys, repository.path / "services" / "cowsay.yaml")
    puts.clear()

    found = synced(capsys, repository.path, "--commit", older, code=1)

    assert actions(found) == {"cowsay": "refuse", "horse": "upload"}
    assert f"it is from {newer[:7]}, from which {older[:7]} does not descend" in found["cowsay"]["why"]
    assert puts == []  # one refusal stops all

    synced(capsys, repository.path, "--commit", older, "--replace", "cowsay")
    assert puts == ["PutObject /services/cowsay.yaml", "PutObject /services/horse.yaml"]


def test_a_late_run_between_a_change_and_its_revert_does_not_overtake(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """The revert has the bytes that the bucket has, but the bucket has to learn of its commit."""
    repository.commit(cowsay=manifest("cowsay"))
    synced(capsys, repository.path)
    between = repository.commit(cowsay=manifest("cowsay", 1024))
    revert = repository.commit(cowsay=manifest("cowsay"))
    assert "changed, and changed back" in synced(capsys, repository.path)["cowsay"]["why"]
    assert metadata(s3, "cowsay")["git-commit"] == revert
    assert actions(synced(capsys, repository.path)) == {"cowsay": "nothing"}

    assert actions(synced(capsys, repository.path, "--commit", between, code=1)) == {"cowsay": "refuse"}


def test_a_clone_without_history_says_how_to_get_it(
    s3: "S3Client", repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit(cowsay=manifest("cowsay"))
    synced(capsys, repository.path)
    for memory in (1024, 2048):
        repository.commit(cowsay=manifest("cowsay", memory))
    shallow, address = tmp_path / "shallow", "https://github.com/acme/services"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.path}", str(shallow))

    found = synced(capsys, shallow, "--repository", address, code=1)

    assert "fetch-depth: 0" in found["cowsay"]["why"]


def test_a_manifest_of_another_repository_is_left_alone(
    s3: "S3Client", repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit(cowsay=manifest("cowsay"))
    synced(capsys, repository.path)
    other = Repository.make(tmp_path / "other", "https://gitlab.example.com/acme/other.git")
    other.commit(cowsay=manifest("cowsay", 128))

    found = synced(capsys, other.path, code=1)
    assert (
        "it is from https://github.com/acme/services: remove it there, or name it with --replace"
        in (found["cowsay"]["why"])
    )

    synced(capsys, other.path, "--replace", "cowsay")
    assert metadata(s3, "cowsay")["git-repository"] == "https://gitlab.example.com/acme/other"


def test_one_that_was_uploaded_manually_is_replaced_once_it_differs(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("cowsay", "horse"):
        s3.put_object(Bucket=BUCKET, Key=f"services/{name}.yaml", Body=manifest(name).encode())
    repository.commit(cowsay=manifest("cowsay"), horse=manifest("horse", 1024))
    assert actions(synced(capsys, repository.path)) == {"cowsay": "nothing", "horse": "upload"}


def test_a_dry_run_writes_nothing(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str], puts: list[str]
) -> None:
    repository.commit(cowsay=manifest("cowsay"))
    assert run("manifest", "sync", repository.path, "--dry-run") == 0
    assert (capsys.readouterr().out, puts) == ("services/cowsay.yaml: to upload: new\n", [])
    assert synced(capsys, repository.path, "--dry-run")["cowsay"]["is_done"] is False


def test_somebody_who_comes_first_is_not_overwritten(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    def interfere(**_: Any) -> None:
        clients.aws().events.unregister("before-call.s3.PutObject", interfere)
        s3.put_object(Bucket=BUCKET, Key="services/cowsay.yaml", Body=b"# somebody else's")

    repository.commit(cowsay=manifest("cowsay"))
    clients.aws().events.register("before-call.s3.PutObject", interfere)
    assert run("manifest", "sync", repository.path) == 1
    assert "not uploaded: somebody else changed it meanwhile" in capsys.readouterr().out
    assert s3.get_object(Bucket=BUCKET, Key="services/cowsay.yaml")["Body"].read() == b"# somebody else's"


class TestWhatGitHasNoLonger:
    """Deleted, renamed and moved manifests are said, and safe."""

    @pytest.fixture(autouse=True)
    def both_are_there(self, s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
        repository.commit(cowsay=manifest("cowsay"), horse=manifest("horse"))
        synced(capsys, repository.path)

    def test_a_deleted_one_is_said_and_stays(
        self, s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]
    ) -> None:
        repository.commit(horse=None)
        found = synced(capsys, repository.path)
        assert actions(found) == {"cowsay": "nothing", "horse": "keep"}
        assert found["horse"]["why"] == "services/horse.yaml was deleted: --prune removes it"
        assert metadata(s3, "horse")

    def test_prune_removes_it_and_keeps_its_versions(
        self, s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]
    ) -> None:
        revision = s3.head_object(Bucket=BUCKET, Key="services/horse.yaml")["VersionId"]
        repository.commit(horse=None)
        assert actions(synced(capsys, repository.path, "--prune", "--dry-run"))["horse"] == "remove"
        assert metadata(s3, "horse")

        assert synced(capsys, repository.path, "--prune")["horse"]["is_done"]

        with pytest.raises(s3.exceptions.ClientError, match="404"):
            metadata(s3, "horse")
        assert s3.get_object(Bucket=BUCKET, Key="services/horse.yaml", VersionId=revision)
        assert actions(synced(capsys, repository.path, "--prune")) == {"cowsay": "nothing"}

    def test_prune_refuses_while_something_is_live(
        self,
        kept: "Table",
        s3: "S3Client",
        repository: Repository,
        capsys: pytest.CaptureFixture[str],
        puts: list[str],
    ) -> None:
        lease = Lease(TARGET, live_for=LiveFor("horse", "prod"))
        kept.put_item(Item=ledger_keys.lease(TARGET.id) | to_item(lease))
        repository.commit(horse=None, cowsay=manifest("cowsay", 1024))

        found = synced(capsys, repository.path, "--prune", code=1)
        assert actions(found) == {"cowsay": "upload", "horse": "refuse"}
        assert f"it is live in prod on {TARGET.id}: --retire horse removes it all the same" in found["horse"]["why"]
        assert puts == []

        synced(capsys, repository.path, "--prune", "--retire", "horse")
        assert puts == ["PutObject /services/cowsay.yaml", "DeleteObject /services/horse.yaml"]

    def test_an_older_commit_that_has_it_not_yet_removes_nothing(
        self, s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]
    ) -> None:
        older = repository.git("rev-parse", "HEAD")
        repository.commit(sheep=manifest("sheep"))
        synced(capsys, repository.path)
        assert "sheep" not in actions(synced(capsys, repository.path, "--commit", older, "--prune"))
        assert metadata(s3, "sheep")

    def test_what_is_outside_the_paths_or_of_others_is_not_touched(
        self, s3: "S3Client", repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        s3.put_object(Bucket=BUCKET, Key="services/sheep.yaml", Body=b"# manually")
        repository.write("more/services/goat.yaml", manifest("goat"))
        repository.commit_all()
        assert actions(synced(capsys, repository.path / "more", "--prune")) == {"goat": "upload"}
        other = Repository.make(tmp_path / "other", "git@github.com:acme/other.git")
        other.commit(pig=manifest("pig"))
        assert actions(synced(capsys, other.path, "--prune")) == {"pig": "upload"}

    def test_a_moved_one_is_not_removed(
        self, s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]
    ) -> None:
        repository.write("teams/services/horse.yaml", manifest("horse"))
        repository.commit(horse=None)

        found = synced(capsys, repository.path / "services", "--prune")
        assert actions(found)["horse"] == "keep"
        assert "moved from services/horse.yaml to teams/services/horse.yaml" in found["horse"]["why"]

        assert "moved from services/horse.yaml" in synced(capsys, repository.path)["horse"]["why"]
        assert metadata(s3, "horse")["git-path"] == "teams/services/horse.yaml"

    def test_a_renamed_service_is_said_and_the_new_one_comes_before_the_old_one_goes(
        self, s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str], puts: list[str]
    ) -> None:
        repository.write("manifest.yaml", manifest("ant"))
        repository.commit_all()
        synced(capsys, repository.path / "manifest.yaml")
        repository.write("manifest.yaml", manifest("bee"))
        repository.commit_all()
        found = synced(capsys, repository.path / "manifest.yaml", "--dry-run")
        assert found["ant"]["why"] == "manifest.yaml is of bee now: --prune removes it"
        puts.clear()
        synced(capsys, repository.path / "manifest.yaml", "--prune")
        assert puts == ["PutObject /services/bee.yaml", "DeleteObject /services/ant.yaml"]


@pytest.fixture
def standing_there(s3: "S3Client", repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit(cowsay=manifest("cowsay"))
    monkeypatch.chdir(repository.path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["services/none.yaml"], "has no manifest at services/none.yaml"),
        ([".", "--commit", "nothing"], "There is no commit nothing"),
        ([".", "--retire", "cowsay"], "give --prune too"),
        ([".", "--repository", "javascript:alert(1)"], "is no address of a repository"),
        (["/"], "is in no Git repository"),
    ],
)
def test_what_is_typed_wrong_is_said(
    arguments: list[str], said: str, standing_there: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("manifest", "sync", *arguments) == 2
    assert said in capsys.readouterr().err
