"""`python -m gantry.command_line.manifest FILE …` checks manifests; `--schema` prints the JSON schema for editors.

With `--requests-per-second`, it also says how long a verdict on a canary takes.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from gantry.command_line.verdict_times import ERROR_RATE, per_cent, positive_rate, verdict_times
from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.json_schema import json_schema
from gantry.promotion.manifest.place import (
    EXTENSION,
    FOLDER,
    key_of,
    misnamed_folder,
    possible_services,
    without_extension,
)
from gantry.promotion.manifest.reading import parse
from gantry.targets.registry import all_schemas


def main(arguments: Sequence[str]) -> int:
    """Check files before they are uploaded. Return the exit code: 0 when all are valid."""
    parser = argparse.ArgumentParser(prog="python -m gantry.command_line.manifest", description="Check manifests.")
    parser.add_argument("files", nargs="*", metavar="FILE", type=Path)
    parser.add_argument("--schema", action="store_true", help="print the JSON schema for editors instead")
    parser.add_argument(
        "--requests-per-second",
        metavar="N",
        type=positive_rate,
        help="also say how long a verdict takes with this many requests to one target",
    )
    parser.add_argument(
        "--error-rate",
        metavar="PERCENT",
        type=per_cent,
        default=ERROR_RATE,
        help="how many of them fail on the stable version, %(default)s when not given",
    )
    options = parser.parse_args(arguments)
    if options.schema:
        sys.stdout.write(json_schema(all_schemas()))
        return 0
    if not options.files:
        parser.error("name at least one FILE, or --schema")
    return max(_check(file, options.requests_per_second, options.error_rate) for file in options.files)


def _check(file: Path, requests_per_second: float | None, error_rate: float) -> int:
    try:
        manifest, problems = _read(file), list[str]()
    except OSError as error:
        manifest, problems = None, [f"it cannot be read: {error.strerror}"]
    except UnicodeDecodeError as error:
        manifest, problems = None, [f"it is not UTF-8: {error.reason} at byte {error.start}"]
    except ManifestError as error:
        manifest, problems = None, str(error).splitlines()
    problems = [*_place_problems(file, manifest), *problems]
    if manifest and not problems:
        sys.stdout.write(f"{file}: a valid manifest; {_summary(file, manifest)}\n")
        if requests_per_second is not None:
            times = verdict_times(manifest, requests_per_second, error_rate)
            sys.stdout.write("".join(f"{file}: {line}\n" for line in times))
        return 0
    sys.stdout.write("".join(f"{file}: {problem}\n" for problem in problems))
    return 1


def _read(file: Path) -> Manifest:
    """Return the manifest in a file, as that of any service that the file may belong to."""
    text = file.read_text(encoding="utf-8")
    services: list[str | None] = [*possible_services(_path(file))]
    likeliest, *others = services or [None]
    for service in others:
        with suppress(ManifestError):
            return parse(text, all_schemas(), service)
    return parse(text, all_schemas(), likeliest)


def _place_problems(file: Path, manifest: Manifest | None) -> Iterator[str]:
    """Yield why the pipeline would not find the file if it were uploaded with the path that it has here."""
    if possible_services(_path(file)):
        if file.suffix != EXTENSION:
            right = f"{without_extension(str(file))}{EXTENSION}"
            yield f"the extension has to be {EXTENSION}: rename the file to {right}"
    elif manifest and (folder := misnamed_folder(_path(file), manifest.service)):
        yield f"the folder {folder} has to be called {FOLDER}: the pipeline reads {key_of(manifest.service)}"


def _summary(file: Path, manifest: Manifest) -> str:
    names = ", ".join(environment.name for environment in manifest.environments)
    count = len(manifest.environments)
    place = "" if possible_services(_path(file)) else f"; upload it as {key_of(manifest.service)}"
    return f"{count} environment{'s' if count > 1 else ''}: {names}{place}"


def _path(file: Path) -> str:
    return file.absolute().as_posix()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
