"""How large the functions' packages are, and how long their imports take."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from sandbox.driver.deploy import alone, build
from sandbox.stand_in.workspace import ROOT
from sandbox.stories.bench.rows import Count, Row, Seconds

_MEGABYTES = 12
"""Of a function and its layers, unpacked, without bytecode. Lambda's own limit is 250.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
_IMPORT_SECONDS = 1.0


def rows() -> list[Row]:
    """Measure the built packages."""
    with alone():
        template = build(ROOT / "template.yaml")
    resources = yaml.safe_load(template.read_text(encoding="utf-8"))["Resources"]
    functions = {
        name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::Serverless::Function"
    }
    layers = [template.parent / name for name, each in resources.items() if "LayerVersion" in each["Type"]]
    folders = [template.parent / name for name in functions]
    everything, bytecode = (
        max(_megabytes(folder, pattern) for folder in folders) + sum(_megabytes(layer, pattern) for layer in layers)
        for pattern in ("*", "*.pyc")
    )
    taken = sorted(
        (_import_seconds(layers, own["Handler"].rpartition(".")[0]), name) for name, own in functions.items()
    )
    slowest, fastest = taken[-1], taken[0]
    return [
        Count("a function with its layers, without bytecode", everything - bytecode, _MEGABYTES, unit=" MB"),
        Seconds(
            f"imports, the slowest of {len(taken)}: {slowest[1].removesuffix('Function')}", slowest[0], _IMPORT_SECONDS
        ),
        Seconds(f"imports, the fastest: {fastest[1].removesuffix('Function')}", fastest[0]),
    ]


def _megabytes(folder: Path, pattern: str = "*") -> float:
    return sum(file.stat().st_size for file in folder.rglob(pattern) if file.is_file()) / 1e6


def _import_seconds(layers: Sequence[Path], module: str) -> float:
    """Return the seconds that a fresh interpreter needs to import a handler as it was built."""
    clock = "time.perf_counter()"
    code = f"import time; began = {clock}; import {module}; print({clock} - began)"
    # Where Lambda looks in a layer: https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
    places = os.pathsep.join(str(layer / "python") for layer in layers)
    # Nothing is written beside the sources, so that only the bytecode that was built counts.
    environment = {"PYTHONPATH": places, "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"]}
    done = subprocess.run(  # noqa: S603 -- our own interpreter and module
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
