"""`python -m gantry.command_line.manifest FILE …` checks manifests; `--schema` prints the JSON schema for editors."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.json_schema import json_schema
from gantry.promotion.manifest.reading import parse
from gantry.targets.registry import all_schemas


def main(arguments: Sequence[str]) -> int:
    """Check files before they are uploaded. Return the exit code: 0 when all are valid."""
    parser = argparse.ArgumentParser(prog="python -m gantry.command_line.manifest", description="Check manifests.")
    parser.add_argument("files", nargs="*", metavar="FILE", type=Path)
    parser.add_argument("--schema", action="store_true", help="print the JSON schema for editors instead")
    options = parser.parse_args(arguments)
    if options.schema:
        sys.stdout.write(json_schema(all_schemas()))
        return 0
    if not options.files:
        parser.error("name at least one FILE, or --schema")
    return max(_check(file) for file in options.files)


def _check(file: Path) -> int:
    try:
        manifest = parse(file.read_text(encoding="utf-8"), all_schemas(), _repository_of(file))
    except OSError as error:
        problems = [f"it cannot be read: {error.strerror}"]
    except UnicodeDecodeError as error:
        problems = [f"it is not UTF-8: {error.reason} at byte {error.start}"]
    except ManifestError as error:
        problems = str(error).splitlines()
    else:
        names = ", ".join(environment.name for environment in manifest.environments)
        count = len(manifest.environments)
        sys.stdout.write(f"{file}: a valid manifest; {count} environment{'s' if count > 1 else ''}: {names}\n")
        return 0
    sys.stdout.write("".join(f"{file}: {problem}\n" for problem in problems))
    return 1


def _repository_of(file: Path) -> str | None:
    """Return the repository of a file below a folder `services`, as in the bucket; None anywhere else."""
    folders = file.absolute().parts
    if "services" not in folders[:-1]:
        return None
    below = len(folders) - folders[::-1].index("services")
    return "/".join(folders[below:]).removesuffix(".yaml")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
