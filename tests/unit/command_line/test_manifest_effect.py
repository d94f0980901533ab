"""What `gantry manifest check --effect` says of a changed manifest."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml

from gantry.command_line.commands.manifest import command
from tests.unit.command_line.a_repository import Repository
from tests.unit.command_line.printed import require_documented
from tests.unit.command_line.running import run
from tests.unit.manifest.documents import VALID, changed, text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3.client import S3Client

ROOT = Path(__file__).parents[3]
BUCKET = "manifests"


@pytest.fixture
def s3(kept: "Table") -> "S3Client":
    client = boto3.client("s3", "us-east-1")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=BUCKET, Key="services/cowsay.yaml", Body=text(VALID).encode())
    return client


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "manifest.yaml"


def effect(file: Path, document: object, capsys: pytest.CaptureFixture[str], *more: str, code: int = 0) -> Any:
    file.write_text(text(document))
    assert run("manifest", "check", file, "--effect", "--output", "json", *more) == code
    found = json.loads(capsys.readouterr().out)
    require_documented("manifest-check", found)
    environments = {each["name"]: each for each in found[0]["effect"]["environments"]}
    return environments | {"": found[0]["effect"]}


def changes(environment: Any) -> dict[str, tuple[str | None, str | None]]:
    return {each["key"]: (each["before"], each["after"]) for each in environment["changes"]}


def test_each_environment_says_what_changes_compared_with_the_bucket(
    s3: "S3Client", file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = effect(file, changed("environments.1.configuration.memory_mb", 1024), capsys)
    assert changes(found["prod"]) == {"memory_mb": ("512", "1024")}
    assert (found["dev"]["state"], found["prod"]["state"]) == ("unchanged", "changed")
    assert found["prod"]["asks"]["approvers"] == ["ops@example.com"]
    assert (found["dev"]["asks"], found["prod"]["asks"]["quorum"]) == (None, 1)
    assert found[""]["compared_with"] == s3.head_object(Bucket=BUCKET, Key="services/cowsay.yaml")["VersionId"]


def test_what_is_shared_changes_every_environment_that_does_not_override_it(
    s3: "S3Client", file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = effect(file, changed("configuration.environment.TO_SAY", "Moo"), capsys)
    assert changes(found["dev"]) == {"environment.TO_SAY": ("Hello", "Moo")}
    assert found["prod"]["state"] == "unchanged"


def test_less_protection_is_said(s3: "S3Client", file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = effect(file, changed("environments.1.approval", None), capsys)
    assert found["prod"]["asks"] is None
    assert changes(found["prod"])["Approvers"] == ("ops@example.com", "nobody is asked")
    assert any("prod" in each for each in found["prod"]["weaker"])


def test_a_rule_that_is_not_met_fails(s3: "S3Client", file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    s3.put_object(Bucket=BUCKET, Key="policy/policy.yaml", Body=_policy())
    found = effect(file, VALID, capsys, code=1)
    (unmet,) = found["prod"]["unmet"]
    assert "two-people" in unmet
    assert found["dev"]["unmet"] == []
    assert found[""]["is_policy_known"] is True


def _policy() -> bytes:
    floor = {"rule": "two-people", "environments": ["prod"], "minimum_quorum": 2}
    return yaml.safe_dump({"floors": [floor]}).encode()


def test_secrets_are_masked_and_still_seen_to_change(
    s3: "S3Client", file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for secret in ("hunter2hunter2", "correct-horse"):
        document = changed("configuration.environment.DB_PASSWORD", secret)
        s3.put_object(Bucket=BUCKET, Key="services/cowsay.yaml", Body=text(document).encode())
    found = effect(file, changed("configuration.environment.DB_PASSWORD", "hunter2hunter2"), capsys)
    before, after = changes(found["dev"])["environment.DB_PASSWORD"]
    assert str(before).startswith("••••••")
    assert before != after


def test_a_new_service_and_a_removed_environment(
    s3: "S3Client", file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = effect(file, VALID | {"environments": VALID["environments"][1:]}, capsys)
    assert found["dev"]["state"] == "removed"
    new = effect(file, VALID | {"repository": "horse"}, capsys, code=1)  # its targets have another service's name
    assert (new[""]["compared_with"], new["prod"]["state"]) == (None, "new")


def test_compared_with_a_commit_no_account_is_needed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    repository = Repository.make(tmp_path / "repository")
    commit = repository.commit(cowsay=text(VALID))
    policy = tmp_path / "policy.yaml"
    policy.write_bytes(_policy())
    file = repository.path / "services" / "cowsay.yaml"

    found = effect(file, changed("environments.0.configuration", {"memory_mb": 128}), capsys, "--base", "HEAD")
    assert (found[""]["compared_with"], found[""]["is_policy_known"]) == (commit, False)
    assert changes(found["dev"]) == {"memory_mb": ("512", "128")}

    found = effect(file, VALID, capsys, "--base", "main", "--policy", str(policy), code=1)
    assert "two-people" in found["prod"]["unmet"][0]


HOSTILE = "a|b`c`](https://evil.example)<img src=x onerror=alert(1)>\n# @acme/owners"


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)


def test_a_comment_shows_strangers_text_as_it_is(
    s3: "S3Client", file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text(changed("configuration.environment.TO_SAY", HOSTILE)))
    assert run("manifest", "check", file, "--effect", "--output", "markdown") == 0
    said = capsys.readouterr().out
    page = _Page()
    page.feed(said)
    assert page.tags == {"code"}
    assert "### <code>cowsay</code>" in said
    (row,) = [line for line in said.splitlines() if "TO&#95;SAY" in line]
    assert row.count("|") == 4
    assert not {*"`[]@!"} & {*row}


def test_a_comment_says_that_nothing_changes_or_what_is_wrong(
    s3: "S3Client", file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text(VALID))
    assert run("manifest", "check", file, "--effect", "--output", "markdown") == 0
    assert "Nothing changes in any environment." in capsys.readouterr().out
    file.write_text(text(changed("versioning", "dates")))
    assert run("manifest", "check", file, "--effect", "--output", "markdown") == 1
    assert "&#58;2&#58; versioning" in capsys.readouterr().out


def test_a_terminal_shows_it_below_the_file(s3: "S3Client", file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(text(changed("environments.1.configuration.memory_mb", 1024)))
    assert run("manifest", "check", file, "--effect") == 0
    said = capsys.readouterr().out.splitlines()
    assert "  prod: changed" in said
    assert "    memory_mb: 512 → 1024" in said
    assert "    asks ops@example.com: 1 must approve within 72 h" in said


def test_base_and_policy_need_effect(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("manifest", "check", file, "--base", "main") == 2
    assert "are for --effect" in capsys.readouterr().err


def test_the_hook_for_pre_commit_runs_the_command() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program, group, name = hook["entry"].split()
    assert (program, group, name in command.commands) == ("gantry", "manifest", True)
    assert "gantry = " in (ROOT / "pyproject.toml").read_text()
