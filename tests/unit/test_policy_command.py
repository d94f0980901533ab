"""What administrators check before they upload the policy file, and teams with their manifest."""

import json
import re
from pathlib import Path

import pytest

from tests.unit.command_line.running import run

ROOT = Path(__file__).parents[2]
POLICY, MANIFEST = ROOT / "examples" / "policy.yaml", ROOT / "examples" / "cowsay" / "manifest.yaml"


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = run("policy", "check", *arguments)
    return code, capsys.readouterr().out


def test_the_examples_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said(capsys, POLICY, MANIFEST)
    assert (code, text) == (0, f"{POLICY}: a valid policy\n{MANIFEST}: the policy allows it\n")


def glue_manifest() -> str:
    text = (ROOT / "docs" / "manifest.md").read_text()
    (found,) = re.findall(r"```yaml\n(# a Glue script.*?)```", text, re.DOTALL)
    return str(found)


def test_the_documented_glue_script_goes_with_the_example_of_a_policy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    manifest = tmp_path / "etl.py.yaml"
    manifest.write_text(glue_manifest())
    assert said(capsys, POLICY, manifest) == (0, f"{POLICY}: a valid policy\n{manifest}: the policy allows it\n")


def test_a_glue_script_that_nothing_watches_is_below_the_floor(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    manifest = tmp_path / "etl.py.yaml"
    manifest.write_text(glue_manifest().replace("    bake_after: 10m\n", ""))
    code, text = said(capsys, POLICY, manifest)
    assert code == 1
    assert "a new version has to be watched for 5m at least, and the manifest gives no time as bake_after" in text
    assert "has no bake_after" in text


def test_what_would_be_refused_is_said_for_each_manifest(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bare = tmp_path / "manifest.yaml"
    bare.write_text(MANIFEST.read_text().replace("repository: cowsay", "repository: intruder"))
    code, text = said(capsys, POLICY, MANIFEST, bare)
    assert code == 1
    assert f"{MANIFEST}: the policy allows it\n" in text
    assert text.count(f"{bare}: no binding of the policy file lets intruder deploy to ") == 3


def test_manifests_that_share_a_name_are_refused_without_bindings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    policy, other = tmp_path / "policy.yaml", tmp_path / "manifest.yaml"
    policy.write_text("floors: []")
    other.write_text(MANIFEST.read_text().replace("repository: cowsay", "repository: team/cowsay"))
    code, text = said(capsys, policy, MANIFEST, other)
    assert code == 1
    assert "cowsay and team/cowsay are both called cowsay" in text


def test_a_wrong_policy_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("floors: [{rule: nowhere}]")
    code, text = said(capsys, policy)
    assert code == 1
    assert "policy.yaml:1: floors[0] (rule nowhere): it holds nowhere; give environments or accounts" in text
    assert said(capsys, tmp_path / "missing.yaml")[0] == 1


def test_the_schema_in_the_documentation_is_the_one_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policy", "schema") == 0
    text = capsys.readouterr().out
    assert json.loads(text)["title"] == "Gantry policy"
    assert text == (ROOT / "docs" / "policy.schema.json").read_text()


def test_without_a_file_it_says_what_to_give(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policy", "check") == 2
    assert "Missing argument 'POLICY'" in capsys.readouterr().err
