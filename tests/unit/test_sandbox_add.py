"""What `sandbox add` says is true, and its manifest is one."""

import re
from pathlib import Path

import pytest
import yaml

from gantry.command_line.manifest_reading import read_manifest
from sandbox.driver.first_manifest import first_manifest
from sandbox.driver.host import ARCHITECTURE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("environments", [["prod"], ["prod", "dev"], ["dev", "staging", "prod"]])
def test_the_manifest_that_it_prints_is_valid_and_in_the_order_of_releases(environments: list[str]) -> None:
    text = first_manifest("acme/orders", environments, "ops@example.com")
    assert read_manifest(text.encode(), "orders.yaml", "orders.yaml").problems == ()
    found = yaml.safe_load(text)
    assert found["architecture"] == ARCHITECTURE
    names = [each["name"] for each in found["environments"]]
    assert names == [each for each in ("dev", "staging", "prod") if each in environments]
    assert [each["name"] for each in found["environments"] if "approval" in each] == names[-1:]
    assert {each["targets"][0]["function"] for each in found["environments"]} == {"orders"}
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("file", sorted((ROOT / "sandbox").rglob("*.py")), ids=lambda file: file.stem)
def test_every_file_of_the_project_that_the_sandbox_names_exists(file: Path) -> None:
    named = re.findall(r"\b(?:docs|events|examples)/[\w./-]*\w\.(?:yaml|md|json|tf)\b", file.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []
