"""Processes that are forked from one that has imported boto3 already, instead of started with a fresh interpreter.

No behaviour of AWS: it saves most of a function's cold start, on which the tests and the demo would spend a third of
their time. What measures cold starts goes without it.
"""

import json
import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.stand_in.repairs.functions.fork_server import LONGEST

_PROGRAM = Path(__file__).with_name("fork_server.py")


def can_fork() -> bool:
    """Return whether there are descriptors of processes: on Linux, unless a container's rules forbid them."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


class ForkedProcess:
    """A process that another one has started, with as much of Popen as those need who have it."""

    def __init__(self, pid: int, descriptor: int, streams: list[int]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        """0 once it has ended: only the one that has started it knows more."""
        self.stdin = os.fdopen(streams[0], "w", buffering=1)
        self.stdout = os.fdopen(streams[1])
        self.stderr = os.fdopen(streams[2])
        self._descriptor = descriptor
        self._ended = select.poll()
        self._ended.register(descriptor, select.POLLIN)

    def __del__(self) -> None:
        """Close the descriptor. The streams close themselves."""
        os.close(self._descriptor)

    def poll(self) -> int | None:
        """Return nothing as long as it runs."""
        if self.returncode is None and self._ended.poll(0):
            self.returncode = 0
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises TimeoutExpired like Popen."""
        if self.returncode is None and not self._ended.poll(None if timeout is None else timeout * 1000):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        self.returncode = 0
        return 0

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._descriptor, number)


class ForkServer:
    """The process from which the others are forked. It ends when this one does, because the socket closes then."""

    def __init__(self, python: list[str], environment: Mapping[str, str]) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._requests.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and program
                [*python, str(_PROGRAM), str(theirs.fileno())], env=dict(environment), pass_fds=[theirs.fileno()]
            )
        self._lock = threading.Lock()

    def start(self, program: str, folder: str, environment: Mapping[str, str]) -> ForkedProcess:
        """Start a program of Python in a folder, with an environment of its own."""
        (stdin, to_it), (from_it, stdout), (errors, stderr) = os.pipe(), os.pipe(), os.pipe()
        message: dict[str, Any] = {"program": program, "folder": folder, "environment": environment}
        theirs = [stdin, stdout, stderr]
        try:
            with self._lock:
                socket.send_fds(self._requests, [json.dumps(message).encode()], theirs)
                number, descriptors, _, _ = socket.recv_fds(self._requests, LONGEST, 1)
        finally:
            for stream in theirs:
                os.close(stream)
        if not number:
            raise OSError(f"the process that functions are forked from has ended with {self._process.wait()}")
        return ForkedProcess(int(number), descriptors[0], [to_it, from_it, errors])
