"""The packages that a file of requirements pins."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from tests.template.parsed import ROOT

LAYER: Final = ROOT / "layer"


@dataclass(frozen=True, slots=True)
class Pin:
    """A package's version, and the hashes of its files."""

    version: str
    hashes: frozenset[str]


def pinned(path: Path = LAYER / "requirements.txt") -> dict[str, Pin]:
    """Each package's pin by its name; one without version or hash is an error."""
    lines = path.read_text().replace("\\\n", " ").splitlines()
    return dict(_pin(line) for line in lines if line and not line.startswith("#"))


def _pin(line: str) -> tuple[str, Pin]:
    pin = re.fullmatch(r"([\w.-]+)==([\w.+]+)(?: ; [^\\]*?)?((?: +--hash=sha256:[0-9a-f]{64})+)", line)
    assert pin, f"no version or no hash: {line}"
    return canonicalize_name(pin[1]), Pin(pin[2], frozenset(re.findall(r"sha256:(\w+)", pin[3])))
