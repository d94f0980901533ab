"""How large the functions' packages are, and how long their imports take."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from sandbox.driver.deploy import alone, build
from sandbox.stand_in.workspace import ROOT
from sandbox.stories.bench.rows import Count, Row, Seconds

_MEGABYTES = 12
"""Of a function and its layer, unpacked, without bytecode. Lambda's own limit is 250.

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
    layer = template.parent / "Packages"
    largest = max(_megabytes(template.parent / name) for name in functions) + _megabytes(layer)
    bytecode = _megabytes(layer, "*.pyc") + max(_megabytes(template.parent / name, "*.pyc") for name in functions)
    taken = sorted(
        (_import_seconds(template.parent / name, layer, own["Handler"].rpartition(".")[0]), name)
        for name, own in functions.items()
    )
    slowest, fastest = taken[-1], taken[0]
    return [
        Count("the largest function with its layer, without bytecode", largest - bytecode, _MEGABYTES, unit=" MB"),
        Seconds(
            f"imports, the slowest of {len(taken)}: {slowest[1].removesuffix('Function')}", slowest[0], _IMPORT_SECONDS
        ),
        Seconds(f"imports, the fastest: {fastest[1].removesuffix('Function')}", fastest[0]),
    ]


def _megabytes(folder: Path, pattern: str = "*") -> float:
    return sum(file.stat().st_size for file in folder.rglob(pattern) if file.is_file()) / 1e6


def _import_seconds(function: Path, layer: Path, module: str) -> float:
    """Return the seconds that a fresh interpreter needs to import a handler as it was built."""
    clock = "time.perf_counter()"
    code = f"import time; began = {clock}; import {module}; print({clock} - began)"
    places = os.pathsep.join([str(function), *map(str, _importable(layer))])
    # Nothing is written beside the sources, so that only the bytecode that was built counts.
    environment = {"PYTHONPATH": places, "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"]}
    done = subprocess.run(  # noqa: S603 -- our own interpreter and module
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _importable(layer: Path) -> Iterator[Path]:
    """Yield where Lambda looks in a layer: https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html."""
    yield layer / "python"
    yield from layer.glob("python/lib/python*/site-packages")
