"""Each function runs in its own environment.

Restores: a function sees its package, its layers, the runtime's boto3 and its own environment variables, and nothing
else of the machine, so that a forgotten requirement is missing here too. An error keeps the name of its class, its
message and its trace. An environment survives a handled error. An invocation gets its complete log.
https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

import contextlib
import hashlib
import os
import queue
import subprocess
import sys
import tempfile
import time
import types
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc
from packaging.requirements import Requirement

from sandbox.stand_in.repairs.functions.forked import ForkServer, can_fork
from sandbox.stand_in.repairs.functions.runtime import END_OF_LOG, FAILURE
from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

# A process needs these from the machine. All other variables are Lambda's or the function's own.
_FROM_THE_MACHINE = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
_RUNTIME_BRINGS = "boto3"
# Without this environment's packages, and without writing bytecode: a package is read-only on AWS.
_OPTIONS = ("-I", "-S", "-B")
_LOG_SECONDS = 2.0


def apply(settings: Settings) -> None:
    """Start workers with only the runtime's program, path and environment."""
    packages = settings.folder / "runtime-packages"
    _link_packages(packages)
    always = {name: os.environ[name] for name in _FROM_THE_MACHINE if name in os.environ}
    always |= {"_RUNTIME_PACKAGES": str(packages)}
    python = [sys.executable, *_OPTIONS]
    forks = ForkServer(python, always) if settings.limits.forks and can_fork() else None

    def start(command: list[str], *, env: dict[str, str], cwd: str, **details: Any) -> Any:  # noqa: ANN401 -- as Popen
        environment = always | {name: value for name, value in env.items() if os.environ.get(name) != value}
        if forks:
            return forks.start(command[1], cwd, environment)
        return subprocess.Popen([*python, *command[1:]], env=environment, cwd=cwd, **details)  # noqa: S603

    lambda_runtime.zipfile = _sharing_archives(settings.folder / "code")
    lambda_runtime.subprocess = types.SimpleNamespace(Popen=start, PIPE=subprocess.PIPE)
    lambda_runtime._detect_runtime_binary = _program
    lambda_runtime.Worker._drain_stderr_bounded = _log_of_the_invocation
    put_in_front(lambda_svc, "_execute_function_warm", _with_the_error_it_raised)


def _link_packages(folder: Path) -> None:
    """Link boto3 and its requirements, and nothing else, into one folder."""
    folder.mkdir()
    wanted, seen = [_RUNTIME_BRINGS], set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        found = distribution(name)
        for entry in {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            (folder / entry).symlink_to(Path(str(found.locate_file(entry))).resolve())
        requirements = [Requirement(text) for text in found.requires or []]
        wanted += [each.name for each in requirements if not each.marker or each.marker.evaluate({"extra": ""})]


def _sharing_archives(folder: Path) -> types.SimpleNamespace:
    """Return a `zipfile` that unpacks each archive once and then links to it. A package is read-only on AWS too."""
    folder.mkdir()

    class SharedZipFile(zipfile.ZipFile):
        def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:  # noqa: ANN401
            content = Path(str(self.filename)).read_bytes()
            shared = folder / hashlib.sha256(content).hexdigest()
            if not shared.exists():
                fresh = Path(tempfile.mkdtemp(dir=folder))
                super().extractall(fresh, members, pwd)
                with contextlib.suppress(OSError):  # another worker was faster
                    fresh.rename(shared)
            Path(path).rmdir()
            Path(path).symlink_to(shared)

    return types.SimpleNamespace(
        ZipFile=SharedZipFile, BadZipFile=zipfile.BadZipFile, LargeZipFile=zipfile.LargeZipFile
    )


def _program(runtime: str) -> tuple[str, str]:
    if not runtime.startswith("python"):
        return "", ""
    return sys.executable, Path(__file__).with_name("runtime.py").read_text(encoding="utf-8")


def _log_of_the_invocation(self: lambda_runtime.Worker, **_: float) -> str:
    lines: list[str] = []
    deadline = time.monotonic() + _LOG_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        try:
            line = self._stderr_queue.get(timeout=left)
        except queue.Empty:
            break
        if line == END_OF_LOG:
            break
        lines.append(line)
    return "\n".join(lines)


def _with_the_error_it_raised(original: Original, func: Json, event: object, request_id: str) -> Json:
    result: Json = original(func, event, request_id)
    body = result.get("body")
    if isinstance(body, dict) and FAILURE in body:
        return {**result, "body": body[FAILURE], "error": True, "function_error": "Unhandled"}
    return result
