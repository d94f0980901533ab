"""Why a stand-in does not answer as it should: its process has ended, or a disk is full."""

import errno
import re
import shutil
import signal
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sandbox.stand_in.workspace import FOLDER, ROOT

_LEAST_FREE: Final = 8 * 1024 * 1024
"""Bytes. With less, the stand-in cannot unpack a function."""
_TAIL: Final = 64 * 1024
_ERROR = re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Interrupt)\b.*$", re.MULTILINE)
_NO_SPACE = "No space left on device"
_LONGEST = 300


def full_disk(folders: Iterable[Path] | None = None) -> str | None:
    """Return which disk is full, in words; None where each has room. `folders` are those that the sandbox writes to."""
    for each in folders or (Path(tempfile.gettempdir()), FOLDER):
        folder = each if each.exists() else ROOT
        free = shutil.disk_usage(folder).free
        if free < _LEAST_FREE:
            return f"the disk with {folder} is full: {free // 1024} KiB are free. Free some of it, and start again"
    return None


def how_it_ended(code: int | None, log: Path) -> str:
    """Return why a process has ended: a full disk, a signal, or the last error in its log."""
    if full := full_disk():
        return full
    said = last_error(log)
    if said and _NO_SPACE in said:
        return f"a disk is full: {said}"
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        memory = ". The machine may have run out of memory" if name == "SIGKILL" else ""
        return f"{name} killed it{memory}"
    return said or f"it ended with exit code {code}"


def last_error(log: Path) -> str | None:
    """Return the line of the last error in a log, without the lines that lead there."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            found = _ERROR.findall(file.read().decode(errors="replace"))
    except OSError:
        return None
    return found[-1][:_LONGEST] if found else None


def in_one_line(error: BaseException, log: Path | None) -> str:
    """Return for people why a story stopped: the cause, and where the log is."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        cause = full_disk() or f"a disk is full: {error}"
    else:
        said = next(iter(str(error).splitlines()), "")
        cause = f"{type(error).__name__}: {said}"[:_LONGEST]
    return f"{cause}; the log is at {log}" if log else cause
