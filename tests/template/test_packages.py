"""The layer with the functions' packages: which they are, for which machine, and that pip takes no others."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    shared, layer = template()["Globals"]["Function"], resources("AWS::Serverless::LayerVersion")["Packages"]
    (architecture,) = shared["Architectures"]
    assert (f"python{default('LAYER_PYTHON')}", default("LAYER_PLATFORM")) == (
        shared["Runtime"],
        WHEELS_FOR[architecture],
    )
    assert (layer["CompatibleRuntimes"], layer["CompatibleArchitectures"]) == ([shared["Runtime"]], [architecture])
    assert not any({"Runtime", "Architectures", "Layers"} & set(own) for own in functions().values())


def test_functions_get_their_packages_from_the_layer_and_bring_none() -> None:
    """SAM would install a requirements.txt beside their code, without looking at hashes."""
    assert template()["Globals"]["Function"]["Layers"] == [{"Ref": "Packages"}]
    assert list((ROOT / "functions").rglob("requirements*.txt")) == []


def test_make_builds_the_layer() -> None:
    layer = template()["Resources"]["Packages"]
    (architecture,) = layer["Properties"]["CompatibleArchitectures"]
    assert layer["Metadata"] == {"BuildMethod": "makefile", "BuildArchitecture": architecture}
    assert layer["Properties"]["ContentUri"] == "layer/"


def test_every_package_is_pinned_and_the_transitive_ones_too() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    needed, found = [Requirement(each) for each in wanted], dict[str, str]()
    while needed:
        each = needed.pop()
        if each.marker is None or each.marker.evaluate({"extra": ""}):
            name = canonicalize_name(each.name)
            assert pinned()[name].version in each.specifier
            needed += [] if name in found else [Requirement(text) for text in requires(name) or []]
            found[name] = version(name)
    assert {name: each.version for name, each in pinned().items()} == found


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


def built(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Build a layer with the one package, which pip finds in the folder and nowhere else."""
    shutil.copy(LAYER / "Makefile", folder)
    (folder / "requirements.txt").write_text(" ".join([f"{NAME}==1.0", *options]))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(
        ["make", "build-Packages"],  # noqa: S607 -- make is on the PATH, where SAM looks for it too
        cwd=folder,
        env={"PATH": path, "ARTIFACTS_DIR": str(folder / "artifacts"), **offline},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_package_with_its_hash_gets_into_the_layer_without_scripts_and_bytecode(tmp_path: Path) -> None:
    done = built(tmp_path, f"--hash=sha256:{sha256(wheel(tmp_path))}")
    assert done.returncode == 0, done.stderr
    files = {str(path.relative_to(tmp_path / "artifacts")) for path in tmp_path.rglob("artifacts/**/*.*")}
    assert {name for name in files if "dist-info" not in name} == {f"python/{NAME}.py"}


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
