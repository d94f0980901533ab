"""The layers: which packages are in them and which parts of these, for which machine, and the bytecode."""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import requires, version
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sandbox.driver.host import PYTHON
from tests.template.parsed import ROOT, functions, resources, template
from tests.template.pinned import LAYER, pinned

MAKEFILE = (LAYER / "Makefile").read_text()
WHEELS_FOR = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}
"""The wheels that run on Lambda: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"""
ANYWHERE = "py3-none-any"
NAME = "example"


def default(variable: str) -> str:
    """The value of a variable of the layer's Makefile, unless the environment has another."""
    (value,) = re.findall(rf"^{variable} \?= (\S+)$", MAKEFILE, re.MULTILINE)
    return str(value)


def test_the_layer_is_built_for_the_runtime_and_the_architecture_of_the_functions() -> None:
    shared, layers = template()["Globals"]["Function"], resources("AWS::Serverless::LayerVersion")
    (architecture,) = shared["Architectures"]
    assert (f"python{default('LAYER_PYTHON')}", default("LAYER_PLATFORM")) == (
        shared["Runtime"],
        WHEELS_FOR[architecture],
    )
    for layer in layers.values():
        assert (layer["CompatibleRuntimes"], layer["CompatibleArchitectures"]) == ([shared["Runtime"]], [architecture])
    assert not any({"Runtime", "Architectures", "Layers"} & set(own) for own in functions().values())


def test_functions_get_their_packages_and_their_code_from_the_layers_and_bring_none() -> None:
    """SAM would install a requirements.txt beside their code, without looking at hashes."""
    assert template()["Globals"]["Function"]["Layers"] == [{"Ref": "Packages"}, {"Ref": "Code"}]
    assert list((ROOT / "functions").rglob("requirements*.txt")) == []


@pytest.mark.parametrize(
    ("name", "content", "beside"), [("Packages", "layer/", {}), ("Code", "functions/", {"ContextPath": "layer"})]
)
def test_one_makefile_builds_both_layers(name: str, content: str, beside: dict[str, str]) -> None:
    layer = template()["Resources"][name]
    (architecture,) = layer["Properties"]["CompatibleArchitectures"]
    assert layer["Metadata"] == {"BuildMethod": "makefile", "BuildArchitecture": architecture} | beside
    assert layer["Properties"]["ContentUri"] == content


def test_every_package_is_pinned_and_the_transitive_ones_too() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["layer"]
    needed, found = [Requirement(each) for each in wanted], dict[str, str]()
    while needed:
        each = needed.pop()
        if each.marker is None or each.marker.evaluate({"extra": ""}):
            name = canonicalize_name(each.name)
            assert pinned()[name].version in each.specifier
            needed += [] if name in found else [Requirement(text) for text in requires(name) or []]
            found[name] = version(name)
    assert {name: each.version for name, each in pinned().items()} == found


def test_the_command_line_brings_what_the_functions_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["dependency-groups"]["layer"]) < set(project["project"]["dependencies"])


def test_the_tests_run_with_what_is_in_the_layer() -> None:
    everything = pinned(ROOT / "requirements.lock")
    assert {name: everything[name] for name in pinned()} == pinned()


def wheel(folder: Path, tag: str = ANYWHERE, requirement: str = "") -> Path:
    """A wheel of a package with one module and a script."""
    needs = f"Requires-Dist: {requirement}\n" if requirement else ""
    about = f"{NAME}-1.0.dist-info"
    files = {
        f"{NAME}.py": "",
        f"{NAME}-1.0.data/scripts/{NAME}": "#!python\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n{needs}",
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{about}/RECORD": "",
    }
    file = folder / f"{NAME}-1.0-{tag}.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def source(folder: Path) -> Path:
    """A package that has to be built, by its own code."""
    (folder / "setup.py").write_text(f"from setuptools import setup\nsetup(name='{NAME}', version='1.0')\n")
    file = folder / f"{NAME}-1.0.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        archive.add(folder / "setup.py", f"{NAME}-1.0/setup.py")
    return file


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def made(layer: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build a layer from what is in the folder."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(  # noqa: S603 -- our own Makefile
        ["make", "--makefile", str(LAYER / "Makefile"), f"build-{layer}"],  # noqa: S607 -- where SAM looks for it too
        cwd=folder,
        env={"PATH": path, "ARTIFACTS_DIR": str(folder / "artifacts"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def built(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Build the layer with the one package, which pip finds in the folder and nowhere else; without bytecode."""
    (folder / "requirements.txt").write_text(" ".join([f"{NAME}==1.0", *options]))
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": os.devnull}
    return made("Packages", folder, COMPILER="", **offline, MAKEFLAGS="-e")


def code(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build the layer with own code: two modules, one of which has bytecode that is older than itself."""
    (folder / "gantry" / "__pycache__").mkdir(parents=True)
    (folder / "gantry" / "first.py").write_text(
        "NAMES = {'a', 'b', 'c', 'd'}\ndef is_one(name): return name in {'e', 'f', 'g'}\n"
    )
    (folder / "gantry" / "__init__.py").write_text("")
    (folder / "gantry" / "__pycache__" / f"first.{sys.implementation.cache_tag}.pyc").write_text("stale")
    return made("Code", folder, **{"LAYER_PYTHON": PYTHON, **environment})


def files(folder: Path) -> dict[str, bytes]:
    """What is in the built layer, by its name there."""
    artifacts = folder / "artifacts"
    return {str(path.relative_to(artifacts)): path.read_bytes() for path in artifacts.rglob("*") if path.is_file()}


def test_a_package_with_its_hash_gets_into_the_layer_without_scripts_and_bytecode(tmp_path: Path) -> None:
    done = built(tmp_path, f"--hash=sha256:{sha256(wheel(tmp_path))}")
    assert done.returncode == 0, done.stderr
    assert {name for name in files(tmp_path) if "dist-info" not in name} == {f"python/{NAME}.py"}


def test_a_changed_package_fails_the_build(tmp_path: Path) -> None:
    listed = sha256(wheel(tmp_path))
    wheel(tmp_path, requirement="another")
    done = built(tmp_path, f"--hash=sha256:{listed}")
    assert done.returncode
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_a_package_without_a_hash_fails_the_build(tmp_path: Path) -> None:
    wheel(tmp_path)
    done = built(tmp_path)
    assert done.returncode
    assert "Hashes are required" in done.stderr


def test_a_transitive_package_that_is_not_listed_fails_the_build(tmp_path: Path) -> None:
    done = built(tmp_path, f"--hash=sha256:{sha256(wheel(tmp_path, requirement='another==1.0'))}")
    assert done.returncode
    assert "another==1.0" in done.stderr


def test_a_package_that_would_be_built_here_fails_the_build(tmp_path: Path) -> None:
    done = built(tmp_path, f"--hash=sha256:{sha256(source(tmp_path))}")
    assert done.returncode
    assert "No matching distribution" in done.stderr


@pytest.mark.parametrize("tag", ["cp312-cp312-manylinux2014_aarch64", "cp313-cp313-manylinux2014_x86_64"])
def test_a_wheel_for_another_python_or_architecture_fails_the_build(tmp_path: Path, tag: str) -> None:
    done = built(tmp_path, f"--hash=sha256:{sha256(wheel(tmp_path, tag))}")
    assert done.returncode
    assert "No matching distribution" in done.stderr


def test_a_wheel_for_lambda_is_taken_on_any_machine(tmp_path: Path) -> None:
    done = built(tmp_path, f"--hash=sha256:{sha256(wheel(tmp_path, 'cp313-cp313-manylinux2014_aarch64'))}")
    assert done.returncode == 0, done.stderr


BYTECODE = f"python/gantry/__pycache__/first.{sys.implementation.cache_tag}.pyc"
UNCHECKED = 0b01
"""https://peps.python.org/pep-0552/: made from a hash, which nobody compares."""


def test_code_is_in_its_layer_with_its_own_bytecode(tmp_path: Path) -> None:
    done = code(tmp_path)
    assert done.returncode == 0, done.stderr
    layer = files(tmp_path)
    assert set(layer) >= {"python/gantry/first.py", BYTECODE}
    assert layer[BYTECODE][:4] == MAGIC_NUMBER
    assert int.from_bytes(layer[BYTECODE][4:8], "little") == UNCHECKED
    assert layer[BYTECODE][8:16] == source_hash(layer["python/gantry/first.py"])


def test_the_builders_settings_do_not_change_the_bytecode(tmp_path: Path) -> None:
    """Otherwise a layer that is the same would be deployed again."""
    settings = {"PYTHONHASHSEED": "7", "PYTHONOPTIMIZE": "2", "PYTHONPYCACHEPREFIX": str(tmp_path / "elsewhere")}
    for name, environment in (("one", {}), ("another", settings)):
        (tmp_path / name).mkdir()
        assert code(tmp_path / name, **environment).returncode == 0
    assert files(tmp_path / "one") == files(tmp_path / "another")
    assert BYTECODE in files(tmp_path / "one")


def test_without_the_functions_python_code_is_built_without_bytecode_and_the_build_says_so(tmp_path: Path) -> None:
    done = code(tmp_path, LAYER_PYTHON="3.99")
    assert done.returncode == 0, done.stderr
    assert set(files(tmp_path)) == {"python/gantry/first.py", "python/gantry/__init__.py"}
    assert "without bytecode, because there is no Python 3.99 here" in done.stdout
