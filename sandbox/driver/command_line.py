"""`gantry` as a user runs it: in a process of its own, with credentials, against the stand-in."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.stand_in.accounts import ASSETS, REGION, ROOT_SECRET
from sandbox.stand_in.process import StandIn

_FUNCTIONS = Path(__file__).parents[2] / "functions"
_NAMES = Path(__file__).with_name("localhost_names")
_COMMAND = (sys.executable, "-m", "gantry.command_line")


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 -- whatever the command prints
        """What it printed, as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """The command line of somebody with these credentials."""

    stand_in: StandIn
    key_id: str
    secret: str
    token: str = ""

    @classmethod
    def of_root(cls, stand_in: StandIn) -> "CommandLine":
        """Return the command line of somebody who may do everything in the assets account."""
        return cls(stand_in, ASSETS, ROOT_SECRET)

    def run(self, *arguments: str, seconds: float = 120) -> Ran:
        """Run a command to its end."""
        done = subprocess.run(  # noqa: S603 -- our own
            [*_COMMAND, *arguments],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def run_here(self, *arguments: str) -> int:
        """Run a command in this terminal, and return its exit code."""
        done = subprocess.run([*_COMMAND, *arguments], env=self._environment(), check=False)  # noqa: S603 -- our own
        return done.returncode

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command that takes its time."""
        pipe = subprocess.PIPE
        return subprocess.Popen(  # noqa: S603 -- our own
            [*_COMMAND, *arguments], env=self._environment(), stdout=pipe, stderr=pipe, text=True
        )

    def _environment(self) -> dict[str, str]:
        usual = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        own = {
            "PYTHONPATH": os.pathsep.join(map(str, (_FUNCTIONS, _NAMES))),
            "AWS_ENDPOINT_URL": self.stand_in.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }
        return usual | own | ({"AWS_SESSION_TOKEN": self.token} if self.token else {})
