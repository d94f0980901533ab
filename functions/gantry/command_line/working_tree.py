"""The working tree of a repository, in which `gantry write-back` reads and changes files."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gantry.command_line.errors import CommandError, Exit
from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.reading import parse
from gantry.promotion.write_back.errors import WrittenFileError
from gantry.targets.registry import all_schemas

if TYPE_CHECKING:
    from rich.console import Console

    from gantry.use_cases.write_back.planning import PlannedEnvironment

_SAID = {"changed": "changed", "up_to_date": "up to date", "not_one_release": "not one release", "refused": "refused"}


class WorkingTree:
    """A folder. Nothing outside of it is read or written, whatever links there are in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def read(self, path: str) -> bytes | None:
        """Return a file; None where it does not exist.

        Raises:
            WrittenFileError: it is no file of this folder.
        """
        file = self._file(path)
        if not file.exists():
            return None
        if not file.is_file():
            raise WrittenFileError("it is a folder; name a file")
        return file.read_bytes()

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files, and the folders that they need."""
        for path, content in files.items():
            file = self._file(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def _file(self, path: str) -> Path:
        file = (self._folder / path).resolve()
        if not file.is_relative_to(self._folder):
            raise WrittenFileError("a link leads out of the working tree; name a file inside it")
        return file


def manifests_in(files: Iterable[Path]) -> list[Manifest]:
    """Return the manifests in files.

    Raises:
        CommandError: one cannot be read, or is wrong.
    """
    return [_manifest(each) for each in files]


def _manifest(file: Path) -> Manifest:
    try:
        return parse(file.read_text(encoding="utf-8"), all_schemas())
    except (OSError, UnicodeDecodeError, ManifestError) as error:
        raise CommandError(f"{file}: {error}", Exit.USAGE) from error


def draw_planned(console: "Console", planned: "Sequence[PlannedEnvironment]") -> None:
    """Draw what each environment's files say."""
    from rich.text import Text

    if not planned:
        console.print("No manifest writes to this repository.")
    for each in planned:
        live = f", {each.tag or each.digest} is live" if each.digest else ""
        console.print(Text(f"{each.service} in {each.environment}: {_SAID[each.state]}{live}"), soft_wrap=True)
        for line in (*each.files, *([each.problem] if each.problem else [])):
            console.print(Text(f"  {line}"), soft_wrap=True)
