"""The shell of the actions alone, with a command line that only writes down what it is told.

tests/end_to_end/test_flow.py runs the same shell on a deployed stack.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.parsed import ROOT

ACTIONS = ROOT / "actions"
GANTRY = """
gantry() {
  echo "$*" >>"$TYPED"
  case "$1" in
    history) cat "$ANSWERS/history.json" ;;
    promote) echo '{"status": "SUCCEEDED"}' ;;
    why) echo "$WHY"; return 1 ;;
    write-back)
      mkdir -p prod && echo '{}' >prod/tag.json
      cat "$ANSWERS/plan.json" ;;
  esac
  case "$1" in watch) return "${WATCH_CODE:-0}" ;; esac
}
"""
WHY: dict[str, Any] = {
    "service": "cowsay",
    "environment": "prod",
    "sentence": "It failed.",
    "reason": None,
    "facts": [],
    "next": [],
}


@dataclass
class Machine:
    """Where an action runs."""

    home: Path
    work: Path
    programs: Path
    more: dict[str, str] = field(default_factory=dict)
    said: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, action: str, **given: str) -> int:
        """Run an action's one step; return its exit code."""
        written = yaml.safe_load((ACTIONS / action / "action.yml").read_text())
        inputs = {name: each.get("default", "") for name, each in written["inputs"].items()}
        inputs |= {name.replace("_", "-"): each for name, each in given.items()}
        (step,) = written["runs"]["steps"]
        names = {name: each.split("inputs.")[1].split(" ")[0] for name, each in step["env"].items()}
        own = {name: inputs[each] for name, each in names.items()}
        done = subprocess.run(  # noqa: S603 -- our own
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],  # noqa: S607
            cwd=self.work,
            env=self.environment | self.more | own | {"GITHUB_ACTION_PATH": str(self.home / "actions" / action)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = done.stdout + done.stderr
        return done.returncode

    def answer(self, name: str, content: Any) -> None:
        (self.home / "answers" / f"{name}.json").write_text(json.dumps(content))

    @property
    def typed(self) -> list[str]:
        file = self.home / "typed.txt"
        return file.read_text().splitlines() if file.exists() else []

    def git(self, *words: str) -> str:
        command = ["git", "-C", str(self.work), *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)  # noqa: S603
        return done.stdout.strip()

    def program(self, name: str, script: str) -> None:
        (self.programs / name).write_text(f"#!/usr/bin/env bash\n{script}\n")
        (self.programs / name).chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    home, work, programs = (tmp_path / each for each in ("home", "work", "programs"))
    for each in (home / "actions", home / "answers", work, programs):
        each.mkdir(parents=True)
    lock = ROOT / "command-line.lock"
    (home / lock.name).write_bytes(lock.read_bytes())
    for each in ACTIONS.glob("*/action.yml"):
        (home / "actions" / each.parent.name).mkdir()
    (home / "actions" / "texts.py").write_bytes((ACTIONS / "texts.py").read_bytes())
    (home / "actions" / "gantry.sh").write_text((ACTIONS / "gantry.sh").read_text() + GANTRY)
    python = home / f"gantry-{sha256(lock.read_bytes()).hexdigest()[:16]}" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    python.with_name("python.ready").touch()
    somebody = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "RUNNER_TEMP": str(home),
        "GITHUB_OUTPUT": str(home / "output.txt"),
        "GITHUB_STEP_SUMMARY": str(home / "summary.txt"),
        "TYPED": str(home / "typed.txt"),
        "ANSWERS": str(home / "answers"),
        "WHY": json.dumps(WHY),
        "GIT_CONFIG_GLOBAL": os.devnull,
        **somebody,
    }
    return Machine(home, work, programs, environment=environment)


def test_paths_on_several_lines_are_all_synced(machine: Machine) -> None:
    assert machine.run("sync-manifests", paths="services\nmore/services\n") == 0, machine.said
    assert machine.typed == ["manifest sync -- services more/services"]


def test_environments_may_stand_on_any_line(machine: Machine) -> None:
    assert machine.run("promote", service="cowsay", release="v1", to="\ndev\n  prod\n", wait="false") == 0, machine.said
    assert machine.typed[0] == "promote --output json --to=dev --to=prod -- cowsay v1"


def test_environments_that_name_nothing_are_not_all_of_them(machine: Machine) -> None:
    assert machine.run("promote", service="cowsay", release="v1", to="\n \n") == 2
    assert "the input to names nothing" in machine.said
    assert machine.typed == []


def entry(kind: str, execution: str, **facts: Any) -> dict[str, Any]:
    return {"kind": kind, "execution": execution, "facts": facts}


STARTED = entry("promotion_started", "arn:ours", tag="v1", digest="sha256:1")
OTHER = entry("promotion_started", "arn:other", tag="v2", digest="sha256:2")


@pytest.mark.parametrize(
    ("entries", "watch_code", "code"),
    [
        pytest.param([entry("promotion_completed", "arn:ours"), STARTED], "0", 0, id="completed"),
        pytest.param(
            [entry("promotion_failed", "arn:other"), OTHER, entry("promotion_completed", "arn:ours"), STARTED],
            "1",
            0,
            id="completed, and a later one failed",
        ),
        pytest.param(
            [entry("promotion_completed", "arn:other"), OTHER, entry("promotion_failed", "arn:ours"), STARTED],
            "0",
            1,
            id="failed, and a later one completed",
        ),
        pytest.param([entry("promotion_ignored", "arn:ours", tag="v1")], "0", 1, id="ignored"),
        pytest.param([STARTED], "4", 4, id="waits for people"),
    ],
)
def test_waiting_for_a_release_judges_its_own_promotion(
    entries: list[dict[str, Any]], watch_code: str, code: int, machine: Machine
) -> None:
    machine.answer("history", {"entries": entries})
    machine.more["WATCH_CODE"] = watch_code
    assert machine.run("wait", service="cowsay", release="v1") == code, machine.said
    explained = [each for each in machine.typed if each.startswith("why ")]
    assert explained == ([] if code == 0 else ["why --output json -- arn:ours"])


def test_a_release_is_not_one_that_only_names_it_or_whose_configuration_changes(machine: Machine) -> None:
    started = [
        entry("promotion_started", "arn:a", tag="v2", started_by="v1"),
        entry("promotion_started", "arn:b", tag="v1", configuration_of={"dev": "v1"}),
    ]
    machine.answer("history", {"entries": started})
    machine.program("sleep", "")
    assert machine.run("wait", service="cowsay", release="v1") == 2
    assert "Gantry knows no promotion" in machine.said


@pytest.fixture
def repository(machine: Machine) -> Machine:
    """A machine with a checkout, in which an earlier step has left something."""
    origin = machine.home / "origin.git"
    for words in (["init", "-q", "--bare", "-b", "main", str(origin)], ["init", "-q", "-b", "main"]):
        machine.git(*words)
    machine.git("remote", "add", "origin", str(origin))
    machine.git("commit", "-q", "--allow-empty", "-m", "first")
    machine.git("push", "-q", "origin", "main")
    (machine.work / "left.txt").write_text("a secret of an earlier step")
    plan = {"state": "changed", "files": ["prod/tag.json"], "title": "cowsay in prod: v1", "body": "It is live."}
    machine.answer("plan", [plan])
    machine.program("gh", f'echo "$*" >>{machine.home}/gh.txt\ncase "$2" in list) echo "$PULLS" ;; esac')
    machine.more["PULLS"] = "[]"
    return machine


def asked(machine: Machine) -> str:
    return (machine.home / "gh.txt").read_text()


def test_only_what_is_planned_is_committed_to_a_branch_of_its_manifest(repository: Machine) -> None:
    code = repository.run("write-back", manifests="services/cowsay.yaml", environment="prod")
    assert code == 0, repository.said
    branch = "origin/gantry/cowsay-prod"
    repository.git("fetch", "-q", "origin")
    assert repository.git("diff", "--name-only", "main", branch) == "prod/tag.json"
    assert "pr create --base main --head gantry/cowsay-prod --fill" in asked(repository)


def test_a_forks_branch_of_the_same_name_is_none_of_ours(repository: Machine) -> None:
    repository.more["PULLS"] = json.dumps([{"number": 7, "isCrossRepository": True}])
    assert repository.run("write-back", manifests="services/cowsay.yaml", environment="prod") == 0, repository.said
    assert "pr create" in asked(repository)


def test_an_own_pull_request_is_closed_once_the_branch_says_what_is_live(repository: Machine) -> None:
    repository.answer("plan", [{"state": "up_to_date", "files": [], "title": None, "body": None}])
    found = [{"number": 7, "isCrossRepository": True}, {"number": 8, "isCrossRepository": False}]
    repository.more["PULLS"] = json.dumps(found)
    assert repository.run("write-back", manifests="services/cowsay.yaml", environment="prod") == 0, repository.said
    assert [each for each in asked(repository).splitlines() if "list" not in each] == [
        "auth setup-git",
        "pr close 8 --delete-branch",
    ]


def test_a_failing_gh_fails_the_step(repository: Machine) -> None:
    repository.program("gh", 'test "$1" = auth')
    assert repository.run("write-back", manifests="services/cowsay.yaml", environment="prod") != 0


def test_pip_sees_no_credentials_and_nothing_that_gets_some(machine: Machine) -> None:
    (ready,) = machine.home.glob("gantry-*/bin/python.ready")
    ready.unlink()
    real = ready.with_name("python")
    real.unlink()
    pip = f"#!/usr/bin/env bash\\nif test \\$2 = pip; then env >{machine.home}/seen.txt; else {sys.executable} \\$@; fi"
    make = f'printf "{pip}\\n" >"$3/bin/python"; chmod +x "$3/bin/python"'
    machine.program("python3", f'case "$1" in -m) {make} ;; esac')
    secrets = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GH_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    machine.more |= dict.fromkeys(secrets, "SECRET")
    assert machine.run("sync-manifests", paths="services") == 0, machine.said
    seen = (machine.home / "seen.txt").read_text()
    assert "RUNNER_TEMP" in seen
    assert "SECRET" not in seen.replace("AWS_SECRET", "")
