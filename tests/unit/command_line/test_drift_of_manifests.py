"""`gantry drift --manifests` and `manifest sync --check`: how a checkout stands to the bucket. Nothing is written."""

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from gantry.command_line.pipeline import Answer, Pipeline
from gantry.promotion.drift.report import CopyDrift, DriftReport, NewestManifest, ServiceDrift
from gantry.promotion.drift.states import DriftState
from tests.unit.command_line.a_repository import Repository, manifest
from tests.unit.command_line.printed import require_documented
from tests.unit.command_line.running import run
from tests.unit.command_line.test_drift import AT, SYNCED, UNKNOWN
from tests.unit.command_line.test_manifest_sync import BUCKET, metadata, puts, repository, s3, synced

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

__all__ = ["puts", "repository", "s3"]
EDITED = CopyDrift("manifest/cowsay", "manifest", None, DriftState.OUT_OF_SYNC, "Somebody has edited it")


@pytest.fixture(autouse=True)
def answered(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> list[ServiceDrift]:
    """What the pipeline says: cowsay is in sync."""
    services = [ServiceDrift.of("cowsay", NewestManifest("one"), [SYNCED])]

    def call(*_: object) -> Answer:
        return Answer(200, json.loads(json.dumps(asdict(DriftReport.of(AT, services)))))

    monkeypatch.setattr(Pipeline, "call", call)
    return services


def looked(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> dict[str, Any]:
    """The services of the report by name."""
    capsys.readouterr()
    assert run("drift", *arguments, "--exit-code", "--output", "json") == code
    found = json.loads(capsys.readouterr().out)
    require_documented("drift", found)
    return {each["service"]: each for each in found["services"]}


def test_what_the_bucket_has_is_in_sync(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit(cowsay=manifest("cowsay"))
    synced(capsys, repository.path)
    found = looked(capsys, "--manifests", repository.path / "services")
    (copy,) = found["cowsay"]["copies"]
    assert (copy["id"], copy["state"], copy["command"]) == ("manifest/cowsay", "SYNCED", None)


def test_what_was_not_synced_is_out_of_sync_with_the_command(
    repository: Repository, capsys: pytest.CaptureFixture[str], puts: list[str]
) -> None:
    repository.commit(cowsay=manifest("cowsay"))
    synced(capsys, repository.path)
    puts.clear()
    commit = repository.commit(cowsay=manifest("cowsay", 1024))

    found = looked(capsys, "--manifests", repository.path / "services", code=1)

    (copy,) = found["cowsay"]["copies"]
    assert (copy["state"], copy["command"]) == ("OUT_OF_SYNC", "gantry manifest sync services/cowsay.yaml")
    assert f"The bucket does not have what {commit[:7]} has: changed since" in copy["reason"]
    assert found["cowsay"]["state"] == "OUT_OF_SYNC"
    assert puts == []


def test_what_is_only_in_the_working_tree_is_no_drift_and_said(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit(cowsay=manifest("cowsay"))
    synced(capsys, repository.path)
    repository.write("services/cowsay.yaml", manifest("cowsay", 2048))
    assert run("drift", "--manifests", repository.path, "--exit-code") == 0
    assert "services/cowsay.yaml" in capsys.readouterr().err


def test_a_service_that_was_never_released_is_in_the_report_too(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit(cowsay=manifest("cowsay"), horse=manifest("horse"))
    synced(capsys, repository.path / "services" / "cowsay.yaml")
    found = looked(capsys, "--manifests", repository.path, code=1)
    assert {name: each["state"] for name, each in found.items()} == {"cowsay": "SYNCED", "horse": "OUT_OF_SYNC"}
    assert looked(capsys, "cowsay", "--manifests", repository.path).keys() == {"cowsay"}


def test_one_that_git_has_no_more_is_out_of_sync(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit(cowsay=manifest("cowsay"), horse=manifest("horse"))
    synced(capsys, repository.path)
    repository.commit(horse=None)
    (copy,) = looked(capsys, "--manifests", repository.path / "services", code=1)["horse"]["copies"]
    assert "services/horse.yaml was deleted: --prune removes it" in copy["reason"]


def test_what_the_bucket_alone_tells_is_not_covered_up(
    repository: Repository, capsys: pytest.CaptureFixture[str], answered: list[ServiceDrift]
) -> None:
    """The bytes are those of Git, and yet somebody has uploaded them."""
    repository.commit(cowsay=manifest("cowsay"))
    synced(capsys, repository.path)
    answered[0] = ServiceDrift.of("cowsay", NewestManifest("one"), [SYNCED], [EDITED])
    (copy,) = looked(capsys, "--manifests", repository.path, code=1)["cowsay"]["copies"]
    assert (copy["state"], copy["reason"]) == ("OUT_OF_SYNC", EDITED.reason)


def test_a_target_that_nobody_could_look_at_stays_unknown(
    repository: Repository, capsys: pytest.CaptureFixture[str], answered: list[ServiceDrift]
) -> None:
    repository.commit(cowsay=manifest("cowsay"))
    synced(capsys, repository.path)
    answered[0] = ServiceDrift.of("cowsay", NewestManifest("one"), [UNKNOWN])
    assert looked(capsys, "--manifests", repository.path, code=3)["cowsay"]["state"] == "UNKNOWN"
    files = replace(EDITED, id="git/acme/infra/main/cowsay/prod", what="git_file", state=DriftState.UNKNOWN)
    answered[0] = ServiceDrift.of("cowsay", NewestManifest("one"), [SYNCED], [files])
    assert looked(capsys, "--manifests", repository.path, code=3)["cowsay"]["state"] == "UNKNOWN"


def test_a_manifest_that_is_wrong_is_said_and_compares_nothing(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit(cowsay=manifest("cowsay").replace("git-sha", "dates"))
    assert run("drift", "--manifests", repository.path) == 1
    assert "services/cowsay.yaml:2: versioning" in capsys.readouterr().err


def test_a_check_writes_nothing_and_ends_with_1_where_the_bucket_has_something_else(
    repository: Repository, capsys: pytest.CaptureFixture[str], puts: list[str]
) -> None:
    repository.commit(cowsay=manifest("cowsay"))
    assert synced(capsys, repository.path, "--check", code=1)["cowsay"]["action"] == "upload"
    assert puts == []
    synced(capsys, repository.path)
    puts.clear()
    assert synced(capsys, repository.path, "--check")["cowsay"]["action"] == "nothing"
    repository.commit(cowsay=None, horse=manifest("horse"))
    assert synced(capsys, repository.path, "--check", code=1)["cowsay"]["action"] == "keep"
    assert puts == []


def test_replacing_records_the_commit_of_what_was_uploaded_without_one(
    s3: "S3Client", repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the bytes are the same: the command of a drift report puts it right by that."""
    s3.put_object(Bucket=BUCKET, Key="services/cowsay.yaml", Body=manifest("cowsay").encode())
    commit = repository.commit(cowsay=manifest("cowsay"))
    assert synced(capsys, repository.path)["cowsay"]["action"] == "nothing"
    assert "git-commit" not in metadata(s3, "cowsay")
    step = synced(capsys, repository.path, "--replace", "cowsay")["cowsay"]
    assert (step["action"], step["is_done"]) == ("upload", True)
    assert metadata(s3, "cowsay")["git-commit"] == commit
