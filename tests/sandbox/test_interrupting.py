"""Ctrl-C while the demo begins: one line, and nothing is left."""

import os
import pty
import re
import select
import time
from pathlib import Path

import pytest

from sandbox.stand_in.workspace import ROOT

SECONDS = 120
MOMENT = 1
"""Seconds. A line that is interrupted between being written and being forgotten by the console is written again."""
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
MARK = "GANTRY_TEST_MARK"


def of_mark(mark: str) -> list[str]:
    """The command lines of the processes that inherited a variable."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().decode().replace("\0", " "))
        except OSError:  # it has ended, or is somebody else's
            continue
    return found


def until(terminal: int, text: str) -> str:
    """What is written until a text comes up."""
    said, deadline = "", time.monotonic() + SECONDS
    while text not in said:
        assert time.monotonic() < deadline, said
        if select.select([terminal], [], [], 1)[0]:
            said += os.read(terminal, 4096).decode(errors="replace")
    return said


def the_rest(terminal: int) -> str:
    """What is written until nobody has it open any more."""
    said, deadline = b"", time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            if select.select([terminal], [], [], 1)[0]:
                said += os.read(terminal, 4096)
        except OSError:
            return said.decode(errors="replace")
    raise AssertionError(said.decode(errors="replace"))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc")
@pytest.mark.parametrize("target", ["demo", "sandbox"])
def test_ctrl_c_leaves_one_line_and_no_process(target: str) -> None:
    mark = f"{os.getpid()}-{target}"
    environment = {**os.environ, MARK: mark, "GANTRY_PORT": "0", "TERM": "xterm"}
    child, terminal = pty.fork()
    if not child:
        os.chdir(ROOT)
        os.execvpe("make", ["make", "--old-file=.venv/installed", target], environment)  # noqa: S606, S607 -- ours
    until(terminal, "the stand-in answers at")
    assert of_mark(mark)
    time.sleep(MOMENT)

    os.write(terminal, b"\x03")
    said = the_rest(terminal)

    _, status = os.waitpid(child, 0)
    lines = [line for line in CONTROL.sub("", said.rpartition("^C")[2]).splitlines() if line.strip()]
    assert lines == [f"The {target} {'was' if target == 'demo' else 'has'} stopped. Nothing of it is left running."]
    assert os.waitstatus_to_exitcode(status) in {0, -2, 130}
    assert of_mark(mark) == []
