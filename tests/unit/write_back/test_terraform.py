"""Terraform itself reads what was written, as it was meant."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gantry.promotion.write_back.editing import edited
from tests.terraform import needs_terraform, read
from tests.unit.write_back.test_editing import TFVARS
from tests.unit.write_back.test_properties import NAMES, TAGS, hcl, leaves, with_leaf

pytestmark = needs_terraform
SCALARS = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TAGS
INNER = st.dictionaries(NAMES, SCALARS, min_size=1, max_size=3)
TREES = st.dictionaries(NAMES, SCALARS | INNER, min_size=1, max_size=4)


def variables(folder: Path, *names: str) -> None:
    text = "".join(f'variable "{name}" {{ type = any }}\n' for name in names)
    (folder / "main.tf").write_text(text)


def test_terraform_reads_the_new_value_and_all_others_as_before(tmp_path: Path) -> None:
    variables(tmp_path, "app_version", "region", "notes", "versions", "zones")
    values = {("app_version",): "9999999", ("versions", "cowsay"): "${not} %{a template}"}
    (tmp_path / "prod.auto.tfvars").write_bytes(edited(TFVARS.encode(), "tfvars", values))
    assert read(tmp_path, "app_version") == "9999999"
    assert read(tmp_path, "versions") == {
        "cowsay": "${not} %{a template}",
        "horse-say": "2.0.0",
        "nested": {"deep": [1, "two", {"three": None}]},
    }
    assert (read(tmp_path, "region"), read(tmp_path, "zones")) == ("eu-west-1", ["a", "b", "c"])
    assert read(tmp_path, "notes") == 'app_version = "nor here"\n'


@pytest.mark.parametrize("value", ["v1.4.0", 'a "quoted" \\ one', "$${x}", "%%{x}", "é"])
def test_terraform_loads_gantrys_own_file_by_itself(tmp_path: Path, value: str) -> None:
    variables(tmp_path, "versions")
    content = edited(None, "tfvars.json", {("versions", "cowsay"): value})
    (tmp_path / "gantry.auto.tfvars.json").write_bytes(content)
    assert read(tmp_path, "versions") == {"cowsay": value}


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TREES, TAGS, st.data())
def test_terraform_finds_this_one_value_changed(
    tmp_path: Path, tree: dict[str, Any], value: str, data: st.DataObject
) -> None:
    variables(tmp_path, "tree")
    path = data.draw(st.sampled_from(leaves(tree)))
    before = f"tree = {hcl(tree)}\n".encode()
    (tmp_path / "a.auto.tfvars").write_bytes(edited(before, "tfvars", {("tree", *path): value}))
    assert read(tmp_path, "tree") == with_leaf(tree, path, value)
