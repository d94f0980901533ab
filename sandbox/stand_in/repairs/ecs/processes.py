"""Runs the command of a container to its end.

`python` with its arguments is a process in the image's working directory, with the container's environment and nothing
else of the machine. A function such as `app.migrate` is called once, and ends with 1 if it raises.
"""

import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Final

from sandbox.stand_in.repairs.ecs import tasks
from sandbox.stand_in.repairs.ecs.containers import Container

SIGNALLED: Final = 128
"""The exit code of a process that a signal ends is this, and the signal's number."""
_PATIENCE_SECONDS = 30
_FROM_THE_MACHINE = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


class Process:
    """The process of a container that runs once."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._process: subprocess.Popen[str] | None = None
        self.stop_reason: str | None = None
        self.output = ""

    def run(self) -> int:
        """Run the command, and return its exit code."""
        if self._container.function is not None:
            return self._call()
        with tempfile.TemporaryDirectory() as folder:
            with zipfile.ZipFile(io.BytesIO(self._container.image.code)) as archive:
                archive.extractall(folder)
            return self._execute(Path(folder))

    def stop(self, reason: str) -> None:
        """End the process, as ECS does: with SIGTERM, and half a minute later with SIGKILL."""
        self.stop_reason = reason
        if self._process is not None:
            self._process.terminate()
            timer = threading.Timer(_PATIENCE_SECONDS, self._process.kill)
            timer.daemon = True
            timer.start()

    def _call(self) -> int:
        result = tasks.call(self._container, {"command": list(self._container.command)})
        self.output = str(result.get("log") or "")
        return int(bool(result.get("error"))) if self.stop_reason is None else SIGNALLED + signal.SIGTERM

    def _execute(self, folder: Path) -> int:
        self._process = subprocess.Popen(  # noqa: S603 -- what a test has pushed as an image
            [sys.executable, "-S", "-B", *self._container.command[1:]],
            cwd=folder,
            env={**_machine(), **self._container.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if self.stop_reason is not None:  # before there was a process
            self._process.terminate()
        self.output, _ = self._process.communicate()
        code = self._process.returncode
        return code if code >= 0 else SIGNALLED - code


def _machine() -> dict[str, str]:
    return {name: os.environ[name] for name in _FROM_THE_MACHINE if name in os.environ}
