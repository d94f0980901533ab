"""A second person's first hour: a service of their own, from `make sandbox` to prod and back.

Whatever the sandbox offers to try is tried here as it is printed.
"""

import json
import os
import pty
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.driver.command_line import Ran
from sandbox.driver.host import ARCHITECTURE
from sandbox.driver.new_service import read_policy
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.running import Running
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import DEV, PROD, REGION
from sandbox.stand_in.workspace import ROOT
from sandbox.stories.ready import ALIAS, OF_COWSAY, OF_OWN, OWN
from tests.browser.chromium import executable, launched

LEAD = "lead@acme.example"
MANIFEST = {
    "repository": OWN,
    "versioning": "git-sha",
    "architecture": ARCHITECTURE,
    "judge": "observe",
    "environments": [
        {
            "name": name,
            "targets": [
                {
                    "account": account,
                    "region": REGION,
                    "function": OWN,
                    "alias": "live",
                    "role": f"arn:aws:iam::{account}:role/{OWN}",
                }
            ],
            **more,
        }
        for name, account, more in (
            ("dev", DEV, {"traffic": "AllAtOnce"}),
            (
                "prod",
                PROD,
                {
                    "approval": {"approvers": [LEAD], "expires_after": "1h"},
                    "traffic": [{"weight": 50, "bake": "10s"}],
                    "alarms": [f"{OWN}-errors"],
                },
            ),
        )
    ],
}
APP = "from prices import price\n\ndef handler(event, context):\n    return {'price': price()}\n"
DOCKERFILE = """\
FROM public.ecr.aws/lambda/python:3.13
COPY requirements.txt ${LAMBDA_TASK_ROOT}
RUN pip install --no-cache-dir -r requirements.txt
COPY app.py prices.py ./
CMD ["app.handler"]
"""
READY, LONG = 600, 300
"""Seconds, also where a machine has other things to do."""


@dataclass
class Sandbox:
    """One that runs as `make sandbox` runs it, and somebody's second terminal."""

    log: Path
    environment: dict[str, str]
    tried: set[str] = field(default_factory=set)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def run(self, *arguments: str) -> Ran:
        done = subprocess.run(  # noqa: S603 -- our own
            self._command(arguments),
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONG,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(  # noqa: S603 -- our own
            self._command(arguments), cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True
        )

    def start_into(self, file: Path, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a command whose words can be read in a file while it runs."""
        with file.open("wb") as words:
            return subprocess.Popen(  # noqa: S603 -- our own
                self._command(arguments), cwd=ROOT, env=self.environment | {"PYTHONUNBUFFERED": "1"}, stdout=words
            )

    def hint(self, beginning: str, **named: str) -> list[str]:
        """The words of the hint that begins like this, with what a person puts in place of some of them."""
        (command,) = [each for each, _ in (*OF_COWSAY, *OF_OWN) if each.startswith(f"sandbox {beginning}")]
        assert command in self.said
        self.tried.add(command)
        return [named.get(word, word) for word in shlex.split(command)[1:]]

    def does(self, beginning: str, code: int = 0, **named: str) -> str:
        """Try a hint, and return what it prints."""
        ran = self.run(*self.hint(beginning, **named))
        assert ran.code == code, (beginning, ran, self.said[-2000:])
        return ran.out

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, *shlex.split(ALIAS)[1:], *arguments]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    log = tmp_path_factory.mktemp("sandbox") / "log"
    environment = {**os.environ, "GANTRY_PORT": "0"}
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox"],
            cwd=ROOT,
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    made = Sandbox(log, environment)
    try:

        def is_ready() -> bool | None:
            assert process.poll() is None, made.said
            return True if "Ctrl-C stops the sandbox." in made.said else None

        eventually("the sandbox", is_ready, READY)
        yield made
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert made.said.endswith("\nThe sandbox has stopped. Nothing of it is left running.\n")
        assert made.run("mail").err.startswith("No sandbox runs here.")
    finally:
        process.kill()


@pytest.fixture(scope="module")
def pipeline(sandbox: Sandbox) -> Pipeline:
    (endpoint,) = {line.split()[1] for line in sandbox.said.splitlines() if line.strip().startswith("endpoint ")}
    return Pipeline.of_running(Running(endpoint))


@pytest.fixture
def push(sandbox: Sandbox, tmp_path: Path) -> Callable[[str], str]:
    """Pushes a folder whose prices are these; what the sandbox says."""
    folder = tmp_path / "orders"
    folder.mkdir()
    (folder / "app.py").write_text(APP)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "requirements.txt").write_text("# none yet\n")

    def pushed(price: str) -> str:
        (folder / "prices.py").write_text(f"def price():\n    return {price}\n")
        return sandbox.does("push FOLDER", FOLDER=str(folder))

    return pushed


def asked(sandbox: Sandbox) -> str:
    """The link in the next mail to the lead."""
    mail = sandbox.run("mail", "--to", LEAD, "--wait", str(LONG))
    assert mail.out.startswith(f"To: {LEAD}\nSubject: "), mail
    return next(word for word in mail.out.split() if word.startswith("http") and "/_domain/" in word)


def approve_in_a_browser(pipeline: Pipeline, link: str, reason: str) -> None:
    """Where there is no browser, send the form as one does; CI has one."""
    if executable() is None:
        assert pipeline.answer(link, "approved", reason)[0] == 200
        return
    with launched() as browser:
        page = browser.new_page()
        page.goto(link)
        page.get_by_label("Reason").fill(reason)
        page.get_by_role("button", name="Approve").click()
        assert "approved" in page.get_by_role("status").inner_text()


def answered(sandbox: Sandbox) -> dict[str, Any]:
    version, _, payload = sandbox.does("invoke").partition(" answered: ")
    return {"version": version.removeprefix("version "), **json.loads(payload)}


def types_yes(sandbox: Sandbox, arguments: list[str]) -> tuple[int, str]:
    """Run a command in a terminal, and say yes to what it asks."""
    reading, writing = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 -- our own
        sandbox._command(tuple(arguments)),
        cwd=ROOT,
        env=sandbox.environment,
        stdin=writing,
        stdout=writing,
        stderr=writing,
    )
    os.close(writing)
    os.write(reading, b"y\n")
    said = b""
    while True:
        try:
            said += os.read(reading, 4096)
        except OSError:  # it has ended
            break
    os.close(reading)
    return process.wait(LONG), said.decode()


def test_a_service_of_ones_own_goes_to_prod_and_back(
    sandbox: Sandbox, pipeline: Pipeline, push: Callable[[str], str], tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.yaml"
    added = sandbox.does("add")
    assert "a binding of acme-orders" in added
    manifest.write_text(added.partition("`sandbox manifest FILE`:")[2])
    assert "uploaded as services/acme-orders.yaml" in sandbox.does("manifest", FILE=str(manifest))
    manifest.write_text(yaml.safe_dump(MANIFEST))
    assert "uploaded as services/acme-orders.yaml" in sandbox.does("manifest", FILE=str(manifest))
    push("100")
    approve_in_a_browser(pipeline, asked(sandbox), "the first one")
    assert sandbox.run("gantry", "watch", OWN).code == 0
    assert answered(sandbox) == {"version": "1", "price": 100}

    # It breaks: the next one is wrong, which no alarm sees, and the one after that fails.
    push("-1")
    approve_in_a_browser(pipeline, asked(sandbox), "new prices")
    assert sandbox.run("gantry", "watch", OWN).code == 0
    assert answered(sandbox) == {"version": "2", "price": -1}
    push("1 / 0")
    approve_in_a_browser(pipeline, asked(sandbox), "newer prices")
    assert sandbox.run("gantry", "watch", OWN).code == 1

    why = sandbox.run("gantry", "why", OWN, "prod")
    assert why.code == 1
    assert f"{OWN}-errors" in why.out
    code, said = types_yes(sandbox, sandbox.hint(f"gantry rollback {OWN}"))
    assert code == 0, said
    eventually("version 1", lambda: True if answered(sandbox)["price"] == 100 else None, LONG)
    history = sandbox.does(f"gantry history {OWN}")
    assert "customers call" in history
    assert [reason for reason in ("the first one", "new prices", "newer prices") if reason not in history] == []
    assert LEAD in history
    status = sandbox.run("gantry", "status", OWN, "--output", "json").json
    targets = [each for here in status["services"][0]["environments"] for each in here["targets"]]
    assert [each["version"] for each in targets] == ["3", "1"]


def test_what_the_sandbox_says_of_cowsay_is_true(sandbox: Sandbox, tmp_path: Path) -> None:
    assert "pushed cowsay:2222222" in sandbox.does("push --tag 2222222")
    assert "Approve cowsay 2222222" in sandbox.does("mail")
    assert "2222222" in sandbox.does("gantry approvals")
    assert "approved as ops@example.com: Approve cowsay 2222222" in sandbox.does("approve")
    watched = tmp_path / "watched"
    watching = sandbox.start_into(watched, *sandbox.hint("gantry watch"))

    def paused() -> bool | None:
        return True if sandbox.run(*sandbox.hint("gantry pause")).code == 0 else None

    eventually("a canary that is held", paused, LONG)
    # Whoever watches looks every few seconds, and an abort may come between two looks.
    eventually("the pause, watched", lambda: True if "paused" in watched.read_text() else None, LONG)
    sandbox.does("gantry abort")
    assert watching.wait(LONG) == 1, watched.read_text()
    assert "customers call" in sandbox.does("gantry why", code=1)
    assert "pushed cowsay:3333333" in sandbox.does("push --tag 3333333 --bad")
    assert "cowsay" in sandbox.does("notifications")
    assert OWN in sandbox.run(*sandbox.hint("gantry status")).out
    page = sandbox.start(*sandbox.hint("gantry page"))
    assert page.stdout is not None
    assert "http://" in page.stdout.readline()
    page.send_signal(signal.SIGINT)
    page.wait(30)


def test_the_other_hints_are_true_too(sandbox: Sandbox, pipeline: Pipeline, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(yaml.safe_dump(read_policy(pipeline)))
    assert "uploaded as policy/policy.yaml" in sandbox.does("policy", FILE=str(policy))

    (command,) = [each for each, _ in OF_OWN if each.startswith("eval")]
    who = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    alias = f"shopt -s expand_aliases\nalias sandbox='{sys.executable} -m sandbox'"
    script = f"{alias}\n{command}\n{sys.executable} -c {shlex.quote(who)}"
    ran = subprocess.run(  # noqa: S603 -- our own
        ["/bin/bash", "-c", script], cwd=ROOT, env=sandbox.environment, capture_output=True, text=True, check=False
    )
    assert ran.stdout.strip() == PROD, ran
    sandbox.tried.add(command)


def test_every_hint_was_tried(sandbox: Sandbox) -> None:
    assert {each for each, _ in (*OF_COWSAY, *OF_OWN)} == sandbox.tried


def test_the_first_terminal_shows_all_services(sandbox: Sandbox) -> None:
    for told in (
        f"{OWN} dev: ",
        f"{OWN} prod: ",
        "cowsay prod: 2222222 is paused",
        f"mail to {LEAD}: ",
        "notification: ",
    ):
        assert told in sandbox.said, told
