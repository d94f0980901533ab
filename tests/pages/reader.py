"""Somebody who has the pages, a checkout and the accounts, and types what the pages say."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.driver.host import PYTHON, WHEELS
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, REGION, ROOT_SECRET
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.workspace import ROOT, python_environment
from tests.pages import stand_ins
from tests.pages.blocks import Block
from tests.pages.terminal import Answers, Ran, run, run_in_terminal

APPROVER = "ops@example.com"
EXTERNAL_ID = "acme-gantry"
BOUNDARY = "arn:aws:iam::aws:policy/AdministratorAccess"
PRINTED = ("QUEUE_URL", "REPAIR_FUNCTION", "PUSH_RULE", "SERVICE_DEPLOYMENT_ARN", "KEY_ARN")
"""The placeholders that stand for what the command above them prints."""
_SECONDS = 600
_NAMES = ROOT / "sandbox" / "driver" / "localhost_names" / "sitecustomize.py"
runpy.run_path(str(_NAMES))  # links begin with the API's own name, which Python does not find otherwise


@dataclass
class Reader:
    """A checkout of the project, and a terminal in it."""

    stand_in: StandIn
    folder: Path
    given: dict[str, str] = field(
        default_factory=lambda: {"EXTERNAL_ID": EXTERNAL_ID, "MY_KEY": "a-key", "BOUNDARY_ARN": BOUNDARY}
    )
    """What stands for the placeholders, besides the stack's outputs."""

    @classmethod
    def with_a_checkout(cls, stand_in: StandIn, folder: Path) -> "Reader":
        """Copy what Git knows of the project, as a clone would."""
        stand_ins.install(folder / "programs")
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / "gantry" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / "gantry" / name)
        return cls(stand_in, folder / "gantry")

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline that the pages' commands have deployed."""
        return Pipeline.of_running(self.stand_in)

    def file(self, name: str) -> Path:
        """A file of the checkout."""
        return self.folder / name

    def follow(self, block: Block, account: str, answers: Answers, replaced: dict[str, str]) -> Ran:
        """Type a block, signed in to an account."""
        text = block.text
        for printed, own in replaced.items():
            assert printed in text, f"{block.name} has no {printed}"
            text = text.replace(printed, own)
        needed = [name for name in PRINTED if name in text and name not in self.given]
        if not needed:
            return self._type(self._filled(text), account, answers)
        (name,) = needed
        before, after = _split(Block(block.name, text), name)
        if not before:  # the block above has printed it
            self.given[name] = self.given["LAST_PRINTED"].split()[-1]
            return self._type(self._filled(after), account, answers)
        first = self._type(self._filled(before), account, answers)
        if first.code:
            return first
        self.given[name] = first.printed.split()[-1]
        then = self._type(self._filled(after), account, answers)
        return Ran(then.code, f"{first.printed}{then.printed}")

    def follow_in_each(self, block: Block, accounts: tuple[str, ...], answers: Answers) -> list[Ran]:
        """Type a block in the first account, then in the others side by side."""
        first, *others = accounts
        ran = [self.follow(block, first, answers, {})]
        with ThreadPoolExecutor(max(len(others), 1)) as pool:
            return ran + list(pool.map(lambda account: self.follow(block, account, answers, {}), others))

    def approve(self, release: str) -> None:
        """Open the link in the newest mail about a release, and press Approve."""
        mail = self.pipeline.mail_to(APPROVER, release, seconds=120)
        status, page = self.pipeline.answer(mail.links[0], "approved", "as the page says")
        assert status == 200, page

    def _type(self, text: str, account: str, answers: Answers) -> Ran:
        own = self._environment(account)
        ran = self._ran(text, own, answers)
        self.given["LAST_PRINTED"] = ran.printed
        return ran

    def _ran(self, text: str, own: dict[str, str], answers: Answers) -> Ran:
        return (
            run_in_terminal(text, self.folder, own, answers, _SECONDS)
            if answers
            else run(text, self.folder, own, _SECONDS)
        )

    def _filled(self, text: str) -> str:
        """Put the stack's outputs, and what was printed before, in the places of what is written in capitals."""
        known = dict(self.given)
        for name in re.findall(r"(?<![$\w])[A-Z]+(?:_[A-Z]+)+\b", text):
            output = name.title().replace("_", "")
            if name not in known and self._is_deployed and output in self.pipeline.outputs:
                known[name] = self.pipeline.outputs[output]
        for name, value in known.items():
            text = re.sub(rf"(?<![$\w]){name}\b", value.replace("\\", r"\\"), text)
        return text

    @property
    def _is_deployed(self) -> bool:
        stacks = self.stand_in.client("cloudformation", ASSETS).list_stacks(
            StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"]
        )
        return any(each["StackName"] == "gantry" for each in stacks["StackSummaries"])

    def _environment(self, account: str) -> dict[str, str]:
        own = python_environment()
        own.pop("PYTHONPATH")
        interpreters = [str(Path(sys.executable).parent), str(Path(sys.base_prefix) / "bin")]
        return own | {
            "PATH": os.pathsep.join([str(self.folder.with_name("programs")), *interpreters, own.get("PATH", "")]),
            "HOME": str(self.folder.parent),
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.3",
            # The layer is built for the Python that the stand-in runs functions on.
            "LAYER_PYTHON": PYTHON,
            "LAYER_PLATFORM": WHEELS,
            "AWS_ENDPOINT_URL": self.stand_in.endpoint,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
            "AWS_SESSION_TOKEN": "",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def _split(block: Block, placeholder: str) -> tuple[str, str]:
    """Return the commands before the first that has the placeholder, and the others."""
    commands = block.commands
    at = next(index for index, each in enumerate(commands) if placeholder in each)
    return "\n".join(commands[:at]), "\n".join(commands[at:])
