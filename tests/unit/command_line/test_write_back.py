"""`gantry write-back`: without an App, a workflow makes the files say what is live."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gantry.aws import ledger_keys
from gantry.aws.ledger_items import to_item
from gantry.promotion.live import Live
from tests.unit.command_line.printed import require_documented
from tests.unit.command_line.running import run
from tests.unit.handlers.manifests import MANIFEST
from tests.unit.handlers.records import digest_of, live

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

WRITE_BACK = """\
write_back:
  repository: acme/infra
  files:
    - {environment: dev, path: dev/gantry.auto.tfvars.json, format: tfvars.json, set: {app_version: tag}}
    - {environment: prod, path: prod.yaml, format: yaml, set: {image.tag: tag}}
"""
HERE = ("--repository", "acme/infra")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working tree, which is the current folder, with a manifest and a file of people's."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "manifest.yaml").write_text(MANIFEST + WRITE_BACK)
    (tmp_path / "prod.yaml").write_text("image: {tag: old} # ours\n")
    return tmp_path


@pytest.fixture
def released(kept: "Table") -> None:
    """A release that is live in both environments."""
    for environment in ("dev", "prod"):
        target = replace(live(2).target, account="222222222222" if environment == "dev" else "444444444444")
        put(kept, replace(live(2, 1, environment=environment), target=target))


def put(table: "Table", record: Live) -> None:
    key = ledger_keys.live(record.service, record.environment, record.target.id)
    table.put_item(Item=key | to_item(record))


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    require_documented("write-back", said)
    return said


@pytest.mark.usefixtures("released")
def test_without_plan_it_only_says_what_git_does_not_say(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("write-back", "manifest.yaml", *HERE) == 1
    said = capsys.readouterr().out
    assert "cowsay in prod: changed, tag2 is live\n  prod.yaml\n" in said
    assert (tree / "prod.yaml").read_text() == "image: {tag: old} # ours\n"
    assert not (tree / "dev").exists()


@pytest.mark.usefixtures("released")
def test_with_plan_it_changes_the_files_and_says_what_to_commit(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("write-back", "--plan", "manifest.yaml", *HERE, "--output", "json") == 0
    dev, prod = printed(capsys)
    assert (dev["state"], dev["files"], dev["title"]) == (
        "changed",
        ["dev/gantry.auto.tfvars.json"],
        "cowsay in dev: tag2",
    )
    assert (prod["state"], prod["tag"], prod["digest"]) == ("changed", "tag2", digest_of(2))
    assert "Gantry-Execution: arn:" in prod["body"]
    assert json.loads((tree / "dev/gantry.auto.tfvars.json").read_text()) == {"app_version": "tag2"}
    assert (tree / "prod.yaml").read_text() == "image: {tag: tag2} # ours\n"

    assert run("write-back", "manifest.yaml", *HERE, "--output", "json") == 0
    assert [each["state"] for each in printed(capsys)] == ["up_to_date", "up_to_date"]


@pytest.mark.usefixtures("released")
def test_one_environment_may_have_a_pull_request_of_its_own(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("write-back", "--plan", "manifest.yaml", *HERE, "--environment", "dev", "--output", "json") == 0
    assert [each["environment"] for each in printed(capsys)] == ["dev"]
    assert "old" in (tree / "prod.yaml").read_text()


@pytest.mark.usefixtures("released")
def test_files_of_another_repository_are_left_alone(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("write-back", "--plan", "manifest.yaml", "--repository", "acme/other") == 0
    assert capsys.readouterr().out == "No manifest writes to this repository.\n"
    assert "old" in (tree / "prod.yaml").read_text()


@pytest.mark.usefixtures("kept")
def test_where_nothing_is_live_nothing_is_said(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("write-back", "--plan", "manifest.yaml", *HERE, "--output", "json") == 0
    assert [each["state"] for each in printed(capsys)] == ["not_one_release", "not_one_release"]
    assert "old" in (tree / "prod.yaml").read_text()


@pytest.mark.usefixtures("released")
def test_a_file_that_cannot_be_changed_fails_and_the_others_are_changed(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "prod.yaml").write_text("image: {}\n")
    assert run("write-back", "--plan", "manifest.yaml", *HERE, "--output", "json") == 1
    dev, prod = printed(capsys)
    assert (dev["state"], prod["state"]) == ("changed", "refused")
    assert prod["problem"] == "prod.yaml: image.tag is not in it; add it once, with any text as its value"
    assert (tree / "prod.yaml").read_text() == "image: {}\n"


@pytest.mark.usefixtures("released")
def test_no_link_leads_out_of_the_working_tree(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "prod.yaml"
    outside.write_text("image: {tag: old}\n")
    (tree / "prod.yaml").unlink()
    (tree / "prod.yaml").symlink_to(outside)
    assert run("write-back", "--plan", "manifest.yaml", *HERE, "--output", "json") == 1
    assert "leads out of the working tree" in printed(capsys)[1]["problem"]
    assert "old" in outside.read_text()


@pytest.mark.usefixtures("released")
def test_services_may_share_a_file_of_gantrys_own(kept: "Table", tree: Path) -> None:
    horse = MANIFEST.replace("repository: cowsay", "repository: horse") + WRITE_BACK.replace(
        "app_version", "horse_version"
    )
    (tree / "horse.yaml").write_text(horse)
    target = replace(live(3).target, account="222222222222")
    put(kept, replace(live(3, environment="dev"), service="horse", target=target))
    assert run("write-back", "--plan", "manifest.yaml", "horse.yaml", *HERE, "--environment", "dev") == 0
    shared = json.loads((tree / "dev/gantry.auto.tfvars.json").read_text())
    assert shared == {"app_version": "tag2", "horse_version": "tag3"}


@pytest.mark.usefixtures("kept")
def test_a_manifest_that_is_wrong_is_a_wrong_use(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "manifest.yaml").write_text("repository: cowsay\n")
    assert run("write-back", "manifest.yaml", *HERE) == 2
    assert "manifest.yaml: " in capsys.readouterr().err
    assert run("write-back", "none.yaml", *HERE) == 2


@pytest.mark.usefixtures("kept", "tree")
def test_it_has_to_know_which_repository_it_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("write-back", "manifest.yaml") == 2
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/infra")
    assert run("write-back", "manifest.yaml") == 0
