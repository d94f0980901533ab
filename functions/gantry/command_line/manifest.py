"""Check manifests before they are uploaded."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gantry.command_line.manifest_reading import ReadFile, read_manifest
from gantry.command_line.region_problems import region_problems
from gantry.command_line.results.checked import CheckedManifest
from gantry.command_line.results.found_problem import FoundProblem
from gantry.command_line.verdict_times import verdict_times
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.place import key_of, possible_services

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be said of manifests."""

    output: str
    """`table`, `json` or `markdown`."""
    requests_per_second: float | None
    """To one target, to say how long a verdict takes; None to say nothing of it."""
    error_rate: float
    """Of the stable version, in per cent."""
    comparison: "tuple[Pipeline, str | None, Path | None] | None"
    """The pipeline, a commit and a policy file, to say what the manifests change; None to say nothing of it."""


def check_files(files: Sequence[Path], wanted: Wanted) -> int:
    """Print what is wrong with files, or that they are valid manifests, and their effect; return the exit code.

    Raises:
        CommandError: what they are to be compared with cannot be read.
    """
    found = [_checked(file, wanted) for file in files]
    if wanted.output == "table":
        for file, (read, checked) in zip(files, found, strict=True):
            for line in _lines(file, read, checked, wanted):
                click.echo(line)
    elif wanted.output == "markdown":
        from gantry.command_line.effect_text import as_markdown

        click.echo(as_markdown([checked for _, checked in found]), nl=False)
    else:
        click.echo(json.dumps([asdict(checked) for _, checked in found], indent=2))
    return int(any(checked.is_bad for _, checked in found))


def _checked(file: Path, wanted: Wanted) -> tuple[ReadFile, CheckedManifest]:
    read = read_file(file)
    if manifest := read.manifest:
        nowhere, unknown = region_problems(manifest, read.text)
        read = replace(read, found=(*read.found, *nowhere), warnings=(*read.warnings, *unknown))
    service, effect = read.manifest.service if read.manifest else None, None
    if read.manifest and not read.problems and wanted.comparison:
        from gantry.command_line.manifest_effects import Comparison, effect_of

        effect = effect_of(file, read.manifest, Comparison(*wanted.comparison))
    return read, CheckedManifest(str(file), service, read.problems, effect, read.found, read.warnings)


def _lines(file: Path, read: ReadFile, checked: CheckedManifest, wanted: Wanted) -> Iterator[str]:
    yield from (each.after(file) for each in read.found)
    yield from (replace(each, text=f"warning: {each.text}").after(file) for each in read.warnings)
    if read.manifest is None or read.problems:
        return
    yield f"{file}: a valid manifest; {_summary(file, read.manifest)}"
    if wanted.requests_per_second is not None:
        times = verdict_times(read.manifest, wanted.requests_per_second, wanted.error_rate)
        yield from (f"{file}: {line}" for line in times)
    if checked.effect:
        from gantry.command_line.effect_text import effect_lines

        yield from effect_lines(checked.effect)


def read_file(file: Path) -> ReadFile:
    """Read a manifest on this machine."""
    try:
        content = file.read_bytes()
    except OSError as error:
        return ReadFile(None, (FoundProblem.of_file(f"it cannot be read: {error.strerror}"),))
    return read_manifest(content, _path(file), str(file))


def _summary(file: Path, manifest: Manifest) -> str:
    names = ", ".join(environment.name for environment in manifest.environments)
    count = len(manifest.environments)
    place = "" if possible_services(_path(file)) else f"; upload it as {key_of(manifest.service)}"
    return f"{count} environment{'s' if count > 1 else ''}: {names}{place}"


def _path(file: Path) -> str:
    return file.absolute().as_posix()
