"""What people read when the sandbox' own machine is in trouble: the cause, and where the log is."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sandbox.__main__ as make_sandbox
from sandbox.driver.waiting import NotSeenError, eventually
from sandbox.stand_in import health
from sandbox.stand_in.health import full_disk, how_it_ended, last_error
from sandbox.stand_in.process import StandIn, StandInError

TRACEBACK = (
    "Traceback (most recent call last):\n"
    + '  File "server.py", line 1, in write\n' * 50
    + "OSError: [Errno 28] No space left on device: '/tmp/stand-in-1/x'\n"
    + "INFO: later\n"
)


def never() -> None:
    """What is waited for and does not come. It asks no stand-in anything."""


def test_a_stand_in_that_is_killed_is_noticed_while_something_else_is_waited_for() -> None:
    with StandIn() as aws:
        assert aws._process
        os.kill(aws._process.pid, signal.SIGKILL)
        began = time.monotonic()
        with pytest.raises(StandInError, match=r"has stopped: SIGKILL killed it.*; its log is at .*\.log$") as raised:
            eventually("a mail", never, seconds=60)
        assert time.monotonic() - began < 10
        assert len(str(raised.value).splitlines()) == 1


def test_what_does_not_come_is_said_with_the_place_of_the_log() -> None:
    with StandIn() as aws, pytest.raises(NotSeenError, match=r"^not seen within 0.1 s: a mail; ") as raised:
        eventually("a mail", never, seconds=0.1)
    assert str(aws.log) in str(raised.value)


def test_a_full_disk_is_the_cause_of_what_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_LEAST_FREE", 1 << 62)
    with pytest.raises(NotSeenError, match=r"a mail; the disk with .* is full: \d+ KiB are free\. Free some of it"):
        eventually("a mail", never, seconds=0.1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk")
def test_a_disk_of_its_own_is_found_full(tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], check=False)  # noqa: S603, S607
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        assert str(full_disk([tmp_path])).startswith(f"the disk with {tmp_path} is full: ")
    finally:
        subprocess.run(["umount", tmp_path], check=True)  # noqa: S603, S607


def test_of_a_traceback_of_a_hundred_lines_the_error_is_left(tmp_path: Path) -> None:
    log = tmp_path / "stand-in.log"
    log.write_text(TRACEBACK)
    assert last_error(log) == "OSError: [Errno 28] No space left on device: '/tmp/stand-in-1/x'"
    assert how_it_ended(1, log) == "a disk is full: OSError: [Errno 28] No space left on device: '/tmp/stand-in-1/x'"
    log.write_text("all is well\n")
    assert how_it_ended(3, log) == "it ended with exit code 3"
    assert how_it_ended(-9, tmp_path / "none") == "SIGKILL killed it. The machine may have run out of memory"


def test_make_sandbox_on_a_full_disk_says_so_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_room(_: StandIn, *__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "stand-in")

    monkeypatch.setattr(StandIn, "_spawn", no_room)
    monkeypatch.setattr(sys, "argv", ["sandbox"])
    assert make_sandbox.main() == 1
    said = " ".join(capsys.readouterr().err.split())
    assert said.startswith("The sandbox stopped: a disk is full: [Errno 28] No space left on device")
    assert "Traceback" not in said
