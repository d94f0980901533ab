"""Runs a command block as a person does: in a shell that stops at the first error, in a terminal where it asks."""

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SHELL = ("bash", "--norc", "-euo", "pipefail", "-c")
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_IS_QUIET_SECONDS = 0.2

Answers = Sequence[tuple[str, str]]
"""What a question contains, and what a person types then. The first that fits is taken."""


@dataclass(frozen=True)
class Ran:
    """A block that has ended."""

    code: int
    printed: str


def run(block: str, folder: Path, environment: Mapping[str, str], seconds: float) -> Ran:
    """Run a block that asks nothing. There is nobody who could answer."""
    process = subprocess.Popen(  # noqa: S603 -- a block of the project's own pages
        [*_SHELL, block],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        printed, _ = process.communicate()
        return Ran(-1, f"{printed}\n(it did not end within {seconds:g} s)")
    return Ran(process.returncode, printed)


def run_in_terminal(block: str, folder: Path, environment: Mapping[str, str], answers: Answers, seconds: float) -> Ran:
    """Run a block in a pseudo-terminal, and type an answer whenever it asks."""
    own, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 -- a block of the project's own pages
        [*_SHELL, block],
        cwd=folder,
        env={**environment, "TERM": "xterm", "COLUMNS": "200"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        printed = _talk(own, process, answers, time.monotonic() + seconds)
    finally:
        os.close(own)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    return Ran(process.wait(), _COLOURS.sub("", printed).replace("\r", ""))


def _talk(own: int, process: "subprocess.Popen[bytes]", answers: Answers, deadline: float) -> str:
    """Read until the block ends. A last line without an end is a question."""
    printed, answered = "", 0
    while time.monotonic() < deadline:
        ready, _, _ = select.select([own], [], [], _IS_QUIET_SECONDS)
        if ready:
            try:
                new = os.read(own, 65536)
            except OSError:  # what Linux says at the end of a terminal
                return printed
            if not new:
                return printed
            printed += new.decode(errors="replace")
            continue
        question = _COLOURS.sub("", printed[answered:]).rpartition("\n")[2].strip()
        if question and (found := [reply for text, reply in answers if text in question]):
            os.write(own, f"{found[0]}\n".encode())
            answered = len(printed)
        elif process.poll() is not None:
            return printed
    return f"{printed}\n(it did not end in time)"
