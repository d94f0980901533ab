"""What is deployed is complete: each function imports with the layer and the runtime's SDK, and with nothing else."""

import importlib.util
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from samtranslator.yaml_helper import yaml_parse

from sandbox.driver.deploy import built
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.workspace import ROOT
from tests.template.parsed import functions
from tests.template.pinned import pinned

RUNTIME_BRINGS = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html: the SDK and what it requires."""

IMPORT_EACH = """\
import importlib, json, sys

folders, own, handlers = json.loads(sys.argv[1])
sys.path += folders
for handler in handlers:
    for name in [name for name in sys.modules if name.split(".")[0] in own]:
        del sys.modules[name]
    module, _, function = handler.rpartition(".")
    try:
        assert callable(getattr(importlib.import_module(module), function))
    except Exception as error:
        print(f"{handler}: {type(error).__name__}: {error}")
"""
"""Only our own modules are imported anew for each handler, each time in that handler's order."""


@pytest.fixture(scope="module")
def template(pipeline: Pipeline) -> Path:
    """The built template."""
    del pipeline  # has built it
    return built(ROOT / "template.yaml")


@pytest.fixture(scope="module")
def packages(template: Path) -> dict[str, tuple[Path, str]]:
    """Of each function that is deployed, the folder that was its package, and its handler."""
    resources = yaml_parse(template.read_text())["Resources"]
    return {
        name: (template.parent / resource["Properties"]["CodeUri"], resource["Properties"]["Handler"])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


@pytest.fixture(scope="module")
def layer(template: Path) -> Path:
    """The folder that was the layer. Lambda unpacks it into /opt, and /opt/python is on a function's path."""
    return template.parent / "Packages" / "python"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the SDK and nothing else of this environment."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME_BRINGS:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def problems(handlers: list[str], *folders: Path) -> list[str]:
    """Import the handlers from the folders; one line for each that fails."""
    own = sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir())
    done = subprocess.run(  # noqa: S603 -- our own interpreter and source
        [sys.executable, "-I", "-S", "-c", IMPORT_EACH, json.dumps([[*map(str, folders)], own, handlers])],
        env={"AWS_REGION": REGION},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.splitlines() + ([done.stderr] if done.returncode else [])


def contents(package: Path) -> frozenset[tuple[str, int]]:
    """What tells packages apart: their files, and how long these are."""
    files = (path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return frozenset((str(path.relative_to(package)), path.stat().st_size) for path in files)


def test_every_function_imports_with_nothing_but_its_package_and_the_layer(
    packages: Mapping[str, tuple[Path, str]], layer: Path, runtime: Path
) -> None:
    assert set(packages) == {f"{name}Function" for name in functions()}
    alike: dict[frozenset[tuple[str, int]], list[tuple[Path, str]]] = defaultdict(list)
    for package, handler in packages.values():
        alike[contents(package)].append((package, handler))
    found = [problems([handler for _, handler in same], same[0][0], layer, runtime) for same in alike.values()]
    assert [each for each in found if each] == []


def test_without_a_package_of_the_layer_a_function_does_not_import(
    packages: Mapping[str, tuple[Path, str]], layer: Path, runtime: Path, tmp_path: Path
) -> None:
    """Shows that the test above would see it: nothing of this environment stands in for what is missing."""
    package, handler = packages["ShiftTrafficFunction"]
    for path in layer.iterdir():
        if path.name != "pydantic":
            (tmp_path / path.name).symlink_to(path)
    missing = f"{handler}: ModuleNotFoundError: No module named 'pydantic'"
    assert problems([handler], package, tmp_path, runtime) == [missing]


def test_the_layer_has_the_pinned_packages_and_no_others(layer: Path) -> None:
    found = {canonicalize_name(each.name): each.version for each in distributions(path=[str(layer)])}
    assert found == {name: pin.version for name, pin in pinned().items()}


def test_a_functions_package_is_its_code(packages: Mapping[str, tuple[Path, str]]) -> None:
    assert {path.name for package, _ in packages.values() for path in package.iterdir()} == {"gantry"}


def test_every_deployed_function_has_the_layer(pipeline: Pipeline) -> None:
    """So what answers on the stand-in has its packages from there: it starts functions without this environment."""
    found = pipeline.stand_in.client("lambda", ASSETS).list_functions()["Functions"]
    assert len(found) == len(functions())
    (arn,) = {layer["Arn"] for each in found for layer in each["Layers"]}
    assert all(len(each["Layers"]) == 1 for each in found)
    assert ":layer:gantry-packages:" in arn
