"""Makes the content of an image from a folder, without a container engine.

A folder fits that AWS' own page describes: https://docs.aws.amazon.com/lambda/latest/dg/python-image.html. It has an
`app.py`, with a `requirements.txt` if it needs packages; or a Dockerfile that copies files, installs requirements with
pip and names the handler. Whatever else a Dockerfile does is refused with its line, because nothing here would do it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from sandbox.driver.host import PYTHON, WHEELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HANDLER: Final = "app.handler"
_TASK_ROOTS: Final = ("${LAMBDA_TASK_ROOT}", "$LAMBDA_TASK_ROOT", "/var/task")
_IS_NOT_CONTENT: Final = {"__pycache__", ".git", ".venv", "node_modules"}
_IGNORED: Final = {"ARG", "EXPOSE", "LABEL", "MAINTAINER", "STOPSIGNAL"}
"""Instructions that change nothing of what runs here."""
_OPTIONS_WITH_VALUE: Final = {"-r", "--requirement", "-t", "--target"}
_PYTHON_BASE: Final = re.compile(r"(^|/)python:|lambda-python|lambda/python")
_LAST_LINES: Final = 8


class FolderError(Exception):
    """No image can be made of the folder here. The message says why, and what can."""


@dataclass(frozen=True, slots=True)
class Image:
    """What an image has in its working directory, and the handler that it names."""

    files: Mapping[str, bytes]
    command: str
    tag: str
    """Seven hexadecimal digits that stand for this content, like the beginning of a commit's hash."""


@dataclass
class _Recipe:
    """What a Dockerfile asks for."""

    copies: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of a path in the folder and a place in the working directory."""
    requirements: list[str] = field(default_factory=list)
    command: str = _HANDLER


def image_of(folder: Path, handler: str | None = None) -> Image:
    """Return the image that a folder makes; `handler` goes before what its Dockerfile names.

    Raises:
        FolderError: it cannot be made here.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is no folder")
    recipe = _recipe(folder)
    files = dict(_copied(folder, recipe))
    command = handler or recipe.command
    module = command.rpartition(".")[0].replace(".", "/")
    if not {f"{module}.py", f"{module}/__init__.py"} & files.keys():
        raise FolderError(f"the image has no {module}.py for the handler {command}; name another one with --handler")
    for each in recipe.requirements:
        files = {**_installed(folder / each), **files}
    content = "".join(f"{name} {hashlib.sha256(files[name]).hexdigest()}\n" for name in sorted(files))
    return Image(files, command, hashlib.sha256(f"{command}\n{content}".encode()).hexdigest()[:7])


def _recipe(folder: Path) -> _Recipe:
    dockerfile = folder / "Dockerfile"
    if dockerfile.is_file():
        return _of_dockerfile(dockerfile)
    if not (folder / "app.py").is_file():
        raise FolderError(
            f"{folder} has neither a Dockerfile nor an app.py. An app.py with a function `handler` is enough; packages "
            "that it needs are in a requirements.txt beside it"
        )
    has_requirements = (folder / "requirements.txt").is_file()
    return _Recipe([(".", "")], ["requirements.txt"] if has_requirements else [])


def _of_dockerfile(dockerfile: Path) -> _Recipe:
    recipe, bases = _Recipe(), 0
    for number, line in _instructions(dockerfile.read_text(encoding="utf-8")):
        word, _, rest = line.partition(" ")
        instruction, rest = word.upper(), rest.strip()
        if instruction == "FROM":
            bases += 1
            if bases > 1 or not _PYTHON_BASE.search(rest):
                raise _unable(dockerfile, number, line, "one base image with Python")
        elif instruction == "COPY":
            recipe.copies += _copies(dockerfile, number, line, rest)
        elif instruction == "RUN":
            recipe.requirements += _requirements(dockerfile, number, line, rest)
        elif instruction == "CMD":
            recipe.command = _command(dockerfile, number, line, rest)
        elif instruction == "WORKDIR":
            if _place(rest) != "":
                raise _unable(dockerfile, number, line, "the working directory /var/task")
        elif instruction not in _IGNORED:
            advice = "the manifest's configuration for variables" if instruction == "ENV" else None
            raise _unable(dockerfile, number, line, advice)
    return recipe


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    """Yield the instructions with their lines' numbers; continued lines are one."""
    begun = 0
    parts: list[str] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        begun = begun if parts else number
        parts.append(line.removesuffix("\\").strip())
        if not line.endswith("\\"):
            yield begun, " ".join(parts)
            parts = []


def _copies(dockerfile: Path, number: int, line: str, rest: str) -> Iterator[tuple[str, str]]:
    words = json.loads(rest) if rest.startswith("[") else shlex.split(rest)
    if any(word.startswith("--from") for word in words):
        raise _unable(dockerfile, number, line, "files of the folder itself")
    *sources, target = [word for word in words if not word.startswith("--")]
    place = _place(target)
    if place is None:
        raise _unable(dockerfile, number, line, "files in /var/task")
    is_folder = target.endswith("/") or len(sources) > 1 or place == ""
    for source in sources:
        path = dockerfile.parent / source
        if not path.exists():
            raise FolderError(f"{dockerfile}, line {number}: there is no {source}")
        name = "" if path.is_dir() or not is_folder else path.name
        yield source, str(PurePosixPath(place) / name) if place or name else ""


def _place(target: str) -> str | None:
    """Return a path below the working directory; None if it is elsewhere."""
    for root in _TASK_ROOTS:
        if target == root or target.startswith(f"{root}/"):
            target = target.removeprefix(root).lstrip("/")
            break
    if target.startswith(("/", "$")) or ".." in PurePosixPath(target).parts:
        return None
    return "" if target.rstrip("/") in {"", "."} else str(PurePosixPath(target))


def _requirements(dockerfile: Path, number: int, line: str, rest: str) -> Iterator[str]:
    """Yield the requirement files of a pip install, the only command that is understood."""
    words = shlex.split(rest)
    names = ["pip", "install"], ["pip3", "install"], ["python", "-m", "pip", "install"]
    start = next((len(name) for name in names if words[: len(name)] == name), None)
    if start is None or {"&&", ";", "|"} & set(words):
        raise _unable(dockerfile, number, line, "pip install -r requirements.txt")
    rest_of = iter(words[start:])
    found = []
    for word in rest_of:
        name, _, value = word.partition("=")
        if name in _OPTIONS_WITH_VALUE:
            value = value or next(rest_of, "")
            if name in {"-r", "--requirement"}:
                found.append(value)
        elif not word.startswith("-"):
            raise _unable(dockerfile, number, line, "packages in a requirements.txt")
    yield from (PurePosixPath(_place(each) or each).as_posix() for each in found)


def _command(dockerfile: Path, number: int, line: str, rest: str) -> str:
    try:
        words = json.loads(rest)
    except ValueError:
        words = shlex.split(rest)
    if not isinstance(words, list) or len(words) != 1 or "." not in str(words[0]):
        raise _unable(dockerfile, number, line, 'CMD ["app.handler"]')
    return str(words[0])


def _unable(dockerfile: Path, number: int, line: str, instead: str | None) -> FolderError:
    able = f" It can take {instead}." if instead else ""
    return FolderError(
        f"{dockerfile}, line {number}: `{line}` cannot be done here, because the sandbox has no container engine.{able}"
    )


def _copied(folder: Path, recipe: _Recipe) -> Iterator[tuple[str, bytes]]:
    for source, place in recipe.copies:
        path = folder / source
        if path.is_file():
            yield place, path.read_bytes()
            continue
        for each in sorted(path.rglob("*")):
            parts = each.relative_to(path).parts
            if each.is_file() and not _IS_NOT_CONTENT & set(parts):
                yield str(PurePosixPath(place, *parts)), each.read_bytes()


def _installed(requirements: Path) -> dict[str, bytes]:
    """Return the files of the packages, for this machine's Python, as pip would install them."""
    if not requirements.is_file():
        raise FolderError(f"there is no {requirements}")
    lines = (line.partition("#")[0].strip() for line in requirements.read_text(encoding="utf-8").splitlines())
    if not any(lines):
        return {}
    with tempfile.TemporaryDirectory() as target:
        uv = Path(sys.executable).with_name("uv")
        command = [str(uv), "pip", "install", "-q", "--target", target, "--python", sys.executable]
        command += ["--python-version", PYTHON, "--no-build", "-r", str(requirements)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own
        if done.returncode:
            said = "\n".join(done.stderr.strip().splitlines()[-_LAST_LINES:])
            raise FolderError(f"{requirements} cannot be installed for Python {PYTHON} ({WHEELS}):\n{said}")
        return dict(_copied(Path(target), _Recipe([(".", "")])))
