"""What a stand-in takes of the machine: the peaks of its processes, its threads and its memory, and the load."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS = 0.5
_PROC = Path("/proc")
_MB = 1024 * 1024


@dataclass(slots=True)
class Peaks:
    """The most that was seen. All but the load are 0 on a machine without /proc."""

    processes: int = 0
    """The stand-in and its Lambda workers."""
    threads: int = 0
    """Those of the stand-in alone."""
    megabytes: float = 0.0
    """The resident memory of all processes together. What they share counts for each."""
    own_megabytes: float = 0.0
    """That of the stand-in alone."""
    load: float = 0.0
    """The machine's load of the last minute."""

    def __str__(self) -> str:
        """The figures."""
        return (
            f"at most {self.processes} processes with {self.megabytes:,.0f} MB (the stand-in alone: "
            f"{self.threads} threads, {self.own_megabytes:,.0f} MB), load {self.load:.1f}"
        )


@contextmanager
def footprint(process: int) -> Iterator[Peaks]:
    """Watch a process and all below it while the block runs."""
    peaks, has_ended = Peaks(), threading.Event()

    def watch() -> None:
        while not has_ended.wait(_SECONDS):
            _look(process, peaks)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        has_ended.set()
        watcher.join()


def _look(process: int, peaks: Peaks) -> None:
    peaks.load = max(peaks.load, os.getloadavg()[0])
    tasks = _tasks(str(process))
    if not tasks:
        return
    children = _descendants(str(process))
    sizes = [_megabytes(each) for each in (str(process), *children)]
    peaks.threads = max(peaks.threads, len(tasks))
    peaks.processes = max(peaks.processes, len(sizes))
    peaks.own_megabytes = max(peaks.own_megabytes, sizes[0])
    peaks.megabytes = max(peaks.megabytes, sum(sizes))


def _tasks(process: str) -> list[Path]:
    return list((_PROC / process / "task").glob("*/children"))


def _descendants(process: str) -> list[str]:
    """Return all below a process: functions' processes are forked from one of its children."""
    children = [child for task in _tasks(process) for child in _words(task)]
    return [each for child in children for each in (child, *_descendants(child))]


def _megabytes(process: str) -> float:
    sizes = _words(_PROC / process / "statm")
    return int(sizes[1]) * os.sysconf("SC_PAGE_SIZE") / _MB if sizes else 0.0


def _words(file: Path) -> list[str]:
    """Return the words of a file; none if the thread or the process has just ended."""
    try:
        return file.read_text().split()
    except OSError:
        return []
