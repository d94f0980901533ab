"""What is in a file that should be a manifest, and everything that is wrong with it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from gantry.command_line.results.found_problem import FoundProblem, found_problems
from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.located_problems import located
from gantry.promotion.manifest.place import (
    EXTENSION,
    FOLDER,
    key_of,
    misnamed_folder,
    possible_services,
    without_extension,
)
from gantry.promotion.manifest.reading import parse
from gantry.promotion.manifest.secret_warnings import secret_warnings
from gantry.promotion.manifest.yaml_text import read
from gantry.targets.registry import all_schemas

ENDINGS = (".yaml", ".yml", ".json")
"""What files are called that may be manifests."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was looked at."""

    manifest: Manifest | None
    """None where it is not one."""
    found: tuple[FoundProblem, ...]
    """What is wrong with it."""
    warnings: tuple[FoundProblem, ...] = ()
    """What the pipeline takes, and what has to be changed all the same."""
    text: str = ""
    """What was read."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with it, a line for each."""
        return tuple(each.text for each in self.found)


def read_manifest(content: bytes, path: str, shown: str) -> ReadFile:
    """Read a manifest as the pipeline would.

    Args:
        content: the file's bytes.
        path: where it is, for what its folders and its name say of the service.
        shown: how people call the file.
    """
    manifest, text, problems, warned = None, "", tuple[FoundProblem, ...](), tuple[FoundProblem, ...]()
    try:
        text = content.decode()
        warned = _warned(text)
        manifest = _parsed(text, path)
    except UnicodeDecodeError as error:
        problems = (FoundProblem.of_file(f"it is not UTF-8: {error.reason} at byte {error.start}"),)
    except ManifestError as error:
        problems = found_problems(error)
    misplaced = map(FoundProblem.of_file, _place_problems(path, shown, manifest))
    return ReadFile(manifest, (*misplaced, *problems), warned, text)


def _warned(text: str) -> tuple[FoundProblem, ...]:
    try:
        document = read(text)
    except ManifestError:  # it is reported as a problem
        return ()
    return tuple(map(FoundProblem.of, located(secret_warnings(document), text, document)))


def _parsed(text: str, path: str) -> Manifest:
    """Return the manifest in a file, as that of any service that the file may belong to."""
    services: list[str | None] = [*possible_services(path)]
    likeliest, *others = services or [None]
    for service in others:
        with suppress(ManifestError):
            return parse(text, all_schemas(), service)
    return parse(text, all_schemas(), likeliest)


def _place_problems(path: str, shown: str, manifest: Manifest | None) -> Iterator[str]:
    """Yield why the pipeline would not find the file if it were uploaded with the path that it has here."""
    if possible_services(path):
        if PurePosixPath(path).suffix != EXTENSION:
            yield f"the extension has to be {EXTENSION}: rename the file to {without_extension(shown)}{EXTENSION}"
    elif manifest and (folder := misnamed_folder(path, manifest.service)):
        yield f"the folder {folder} has to be called {FOLDER}: the pipeline reads {key_of(manifest.service)}"
