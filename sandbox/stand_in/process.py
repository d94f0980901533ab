"""Starts and stops the stand-in, and makes clients for its accounts."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.stand_in.accounts import REGION, ROOT_SECRET
from sandbox.stand_in.footprint import Peaks, footprint
from sandbox.stand_in.health import full_disk, how_it_ended, in_one_line
from sandbox.stand_in.port import PortTakenError, listen
from sandbox.stand_in.settings import Limits
from sandbox.stand_in.workspace import FOLDER, ROOT, python_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_START_SECONDS = 60
_STOP_SECONDS = 10
_LOG_IS_KEPT_SECONDS = 24 * 3600
_STARTED: list[StandIn] = []
"""Those of this process that were started and not stopped."""
_LOGS: list[Path] = []
"""The logs of all that this process has started, the newest last."""


class StandInError(Exception):
    """The stand-in did not start, or has stopped. The message is one line and names the log."""


def require_running() -> None:
    """Return quietly as long as every stand-in of this process runs.

    Raises:
        StandInError: one has ended by itself.
    """
    for each in tuple(_STARTED):
        each.check()


def trouble() -> str:
    """Return for people what may keep a stand-in from its work, and where its log is; empty where there is none."""
    found = [each for each in (full_disk(), _where_the_log_is()) if each]
    return "; ".join(found)


def why_it_stopped(error: BaseException) -> str:
    """Return in one line why a story stopped. What the sandbox itself raises says it already."""
    if not isinstance(error, OSError | BotoCoreError | ClientError):
        return str(error)
    return in_one_line(error, _LOGS[-1] if _LOGS else None)


def _where_the_log_is() -> str:
    return f"the stand-in's log is at {_LOGS[-1]}" if _LOGS else ""


class StandIn:
    """A running stand-in: `with StandIn() as aws: aws.client("s3", ASSETS)`."""

    def __init__(
        self,
        port: int = 0,
        time_scale: float = 1.0,
        seed: int = 1,
        without: tuple[str, ...] = (),
        limits: Limits = Limits(),  # noqa: B008 -- frozen
    ) -> None:
        """Take a free port if `port` is 0. `time_scale` shortens alarm periods, `Wait` states and retry intervals."""
        self._port = port
        self._arguments = ["--time-scale", str(time_scale), "--seed", str(seed)]
        self._arguments += [f"--without={name}" for name in without]
        self._arguments += [f"--invocations={limits.invocations}", f"--processes={limits.processes}"]
        given = {
            "lambda-rate": limits.lambda_rate,
            "deployment-rate": limits.deployment_rate,
            "ecs-minute": limits.ecs_minute,
        }
        self._arguments += [f"--{name}={value}" for name, value in given.items() if value is not None]
        self._arguments += ["--canaries-alone"] if limits.canaries_alone else []
        self._arguments += [] if limits.forks else ["--cold-starts"]
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._clients: dict[tuple[str, str, str], Any] = {}
        self.endpoint = ""
        self.log = FOLDER / "stand-in.log"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Start the process and wait until it answers. Raises StandInError when it does not."""
        try:
            listener = listen(self._port)
        except PortTakenError as error:
            raise StandInError(str(error)) from error
        self._clients.clear()
        with listener:
            port = listener.getsockname()[1]
            self.endpoint = f"http://127.0.0.1:{port}"
            self._spawn(listener.fileno(), port)
        _STARTED.append(self)
        self._wait_until_it_answers()
        return self

    def _spawn(self, listener: int, port: int) -> None:
        FOLDER.mkdir(exist_ok=True)
        for old in FOLDER.glob("stand-in-*.log"):
            if time.time() - old.stat().st_mtime > _LOG_IS_KEPT_SECONDS:
                old.unlink(missing_ok=True)
        self.log = FOLDER / f"stand-in-{port}.log"
        _LOGS.append(self.log)
        self._folder = Path(tempfile.gettempdir()) / f"stand-in-{port}-{os.getpid()}"
        command = [sys.executable, "-m", "sandbox.stand_in.server", "--until-stdin-closes", f"--listener={listener}"]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
                [*command, f"--folder={self._folder}", *self._arguments],
                cwd=ROOT,
                env=python_environment(),
                stdin=subprocess.PIPE,  # never written to; it closes when this process ends
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listener],
                start_new_session=True,  # Ctrl-C goes to the caller, which then stops the stand-in
            )

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            self.check()
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=5):  # noqa: S310 -- our own port
                    return
            except (urllib.error.URLError, OSError, http.client.HTTPException):
                time.sleep(0.05)
        self.stop()
        raise StandInError(f"the stand-in did not answer within {_START_SECONDS} s; its log is at {self.log}")

    def check(self) -> None:
        """Raise StandInError when the process has ended."""
        if self._process is None:
            raise StandInError(f"the stand-in was stopped; its log is at {self.log}")
        if (code := self._process.poll()) is not None:
            raise StandInError(f"the stand-in has stopped: {how_it_ended(code, self.log)}; its log is at {self.log}")

    def client(self, service: str, account: str, region: str = REGION) -> Any:  # noqa: ANN401 -- boto3's clients have no common type
        """Return a boto3 client of the account's root user. Its calls raise StandInError if the process has ended."""
        key = service, account, region
        if key not in self._clients:
            self._clients[key] = self.session_client(service, region, account, ROOT_SECRET)
        return self._clients[key]

    def session_client(self, service: str, region: str, key: str, secret: str, token: str | None = None) -> Any:  # noqa: ANN401 -- boto3's clients have no common type
        """Return a boto3 client with other credentials, such as those of an assumed role."""
        session: Any = boto3.session.Session()  # typed for literal service names only
        client = session.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, read_timeout=120, max_pool_connections=50),
        )
        # One clear line instead of botocore's report of a refused or broken connection.
        client.meta.events.register("before-send.*.*", lambda **_: self.check())
        client.meta.events.register("after-call-error.*.*", lambda **_: self.check())
        return client

    @contextmanager
    def footprint(self) -> Iterator[Peaks]:
        """Watch what the process and its Lambda workers take while the block runs."""
        self.check()
        with footprint(self._process.pid if self._process else 0) as peaks:
            yield peaks

    def stop(self) -> None:
        """End the process, its Lambda workers and its temporary folder."""
        process, self._process = self._process, None
        if self in _STARTED:
            _STARTED.remove(self)
        if process is not None:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin:
                process.stdin.close()
        if self._folder is not None:  # it still exists only if the process was killed
            shutil.rmtree(self._folder, ignore_errors=True)
