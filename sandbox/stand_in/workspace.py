"""Where the sandbox keeps its files, and the environment of the programs that it starts."""

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
"""The repository."""
FOLDER: Final = ROOT / ".sandbox"
"""Logs, builds and caches. Nothing else of the sandbox is kept."""


def python_environment() -> dict[str, str]:
    """Return this process' environment without its AWS profile.

    It also names a folder for compiled modules, which saves seconds at each start.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**own, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(FOLDER / "pycache")}
