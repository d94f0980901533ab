"""What is deployed is complete: each function imports with the layer and the runtime's SDK, and with nothing else."""

import importlib.util
import json
import subprocess
import sys
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
def built_functions(template: Path) -> dict[str, tuple[Path, str]]:
    """Of each function that is deployed, the folder that was its package, and its handler."""
    resources = yaml_parse(template.read_text())["Resources"]
    return {
        name: (template.parent / resource["Properties"]["CodeUri"], resource["Properties"]["Handler"])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


@pytest.fixture(scope="module")
def handlers(built_functions: Mapping[str, tuple[Path, str]]) -> list[str]:
    return [handler for _, handler in built_functions.values()]


@pytest.fixture(scope="module")
def layer(template: Path) -> Path:
    """The folder that was the layer. Lambda unpacks both into /opt, and /opt/python is on a function's path."""
    return template.parent / "Packages" / "python"


@pytest.fixture(scope="module")
def code(template: Path) -> Path:
    """The folder that was the layer with own code."""
    return template.parent / "Code" / "python"


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


def size(*folders: Path) -> int:
    """The bytes of what is in the layers, without the bytecode."""
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sum(path.stat().st_size for path in files)


def sources(folder: Path) -> dict[str, bytes]:
    """The modules in a folder, by their path there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.py")}


def test_every_function_imports_with_nothing_but_the_layers(
    built_functions: Mapping[str, tuple[Path, str]], handlers: list[str], code: Path, layer: Path, runtime: Path
) -> None:
    assert set(built_functions) == {f"{name}Function" for name in functions()}
    assert problems(handlers, code, layer, runtime) == []


def test_without_a_package_of_the_layer_a_function_does_not_import(
    code: Path, layer: Path, runtime: Path, tmp_path: Path
) -> None:
    """Shows that the test above would see it: nothing of this environment stands in for what is missing."""
    handler = functions()["ShiftTraffic"]["Handler"]
    for path in layer.iterdir():
        if path.name != "pydantic":
            (tmp_path / path.name).symlink_to(path)
    missing = f"{handler}: ModuleNotFoundError: No module named 'pydantic'"
    assert problems([handler], code, tmp_path, runtime) == [missing]


def test_the_layers_have_bytecode_of_all_their_code(code: Path, layer: Path) -> None:
    """https://docs.python.org/3/library/importlib.html#importlib.util.cache_from_source"""
    sources = [path for folder in (code, layer) for path in folder.rglob("*.py")]
    assert len(sources) > 100
    assert [path for path in sources if not Path(importlib.util.cache_from_source(str(path))).exists()] == []


def test_a_function_and_its_layers_have_little_to_load(code: Path, layer: Path) -> None:
    assert size(code, layer) < 12_000_000


def test_the_layer_has_the_pinned_packages_and_no_others(layer: Path) -> None:
    found = {canonicalize_name(each.name): each.version for each in distributions(path=[str(layer)])}
    assert found == {name: pin.version for name, pin in pinned().items()}


def test_a_functions_package_has_no_code_and_the_layer_has_all_of_it(
    built_functions: Mapping[str, tuple[Path, str]], code: Path
) -> None:
    """Code in both places would be found in the package, and nobody would see that the layer's has changed."""
    assert {path.name for package, _ in built_functions.values() for path in package.iterdir()} == {"README.txt"}
    written = sources(ROOT / "functions")
    of_people = {name for name in written if name.startswith("gantry/command_line/")}
    assert of_people, "what no function imports is left out"
    assert sources(code) == {name: text for name, text in written.items() if name not in of_people}


def test_every_deployed_function_has_the_layers(pipeline: Pipeline) -> None:
    """So what answers on the stand-in has its code from there: it starts functions without this environment."""
    pages = pipeline.stand_in.client("lambda", ASSETS).get_paginator("list_functions").paginate()
    found = [each for page in pages for each in page["Functions"]]
    assert len(found) == len(functions())
    (arns,) = {tuple(layer["Arn"] for layer in each["Layers"]) for each in found}
    assert [arn.split(":")[-2] for arn in arns] == ["gantry-packages", "gantry-code"]
