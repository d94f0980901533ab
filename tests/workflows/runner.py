"""Runs workflows: every step's shell as GitHub's runner starts it, with stand-ins for the actions of others."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from sandbox.driver.git_host import DrivenGitHost
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.workspace import ROOT, python_environment
from tests.workflows import programs
from tests.workflows.expressions import filled, is_true, shown

Json = dict[str, Any]
_ISSUER = "https://token.actions.githubusercontent.com"
_OF_GANTRY = "YOUR-ORG/gantry/actions/"
_SECONDS = 900
_SHELLS = {None: ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}
"""https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell"""


@dataclass
class Repository:
    """One that workflows run in."""

    name: str
    """Like acme/cowsay."""
    example: str
    """Whose files it has."""
    folder: Path
    """It is bare."""
    variables: Json = field(default_factory=lambda: {"AWS_REGION": REGION, "ASSETS_ACCOUNT": ASSETS})


@dataclass
class Ran:
    """A run of a workflow that has ended."""

    jobs: dict[str, str] = field(default_factory=dict)
    """How each job ended: `success`, `failure` or `skipped`; a called workflow's as `prod / deploy`."""
    asked: list[str] = field(default_factory=list)
    """The GitHub environments whose reviewers were asked."""
    summary: str = ""
    log: str = ""
    artifacts: dict[str, Path] = field(default_factory=dict)

    def require_success(self) -> "Ran":
        """Fail with the log unless no job has failed."""
        assert "failure" not in self.jobs.values(), f"{self.jobs}\n{self.log}"
        return self


@dataclass
class Runner:
    """Machines that run jobs, one after the other."""

    stand_in: StandIn
    github: DrivenGitHost
    folder: Path
    before_deploy: Callable[[str], object] = lambda _: None
    """What happens while the reviewers of a GitHub environment think about it."""
    done: set[str] = field(default_factory=set)
    """The steps whose shell has run, as `steps_in` names them."""
    _pushed: dict[Path, tuple[str, str]] = field(default_factory=dict)
    """By repository, the last push that was run, and the one before it."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        programs.install(self.folder / "programs")

    def run(self, repository: Repository, workflow: str, event: str, commit: str, **more: Any) -> Ran:
        """Run a workflow for an event about a commit; `more` has the inputs, or what the event is about."""
        message = self._git(repository.folder, "show", "--no-patch", "--format=%B", commit)
        context = {
            "github": {
                "event_name": event,
                "event": {"head_commit": {"message": message}},
                "repository": repository.name,
                "server_url": "https://github.com",
                "sha": commit,
                "ref": "refs/heads/main",
                "base_ref": "main",
                "actor": "octocat",
                "token": self._token(),
            },
            "vars": repository.variables,
            "inputs": more.get("inputs", {}),
        }
        ran = Ran()
        if event != "push" or self._starts(repository, workflow, commit):
            _Workflow(self, repository, workflow, context, ran, "").run()
        return ran

    def _starts(self, repository: Repository, workflow: str, commit: str) -> bool:
        """Whether a push changes a file that the workflow does not ignore, compared with the push before it.

        https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushpull_requestpull_request_targetpathspaths-ignore
        """
        written = yaml.safe_load(self._git(repository.folder, "show", f"{commit}:.github/workflows/{workflow}"))
        events = written.get("on", written.get(True))  # YAML 1.1 reads the key `on` as true
        ignored = (events["push"] or {}).get("paths-ignore")
        before, last = self._pushed.get(repository.folder, ("", ""))
        if last != commit:  # otherwise somebody runs it again
            before = last
            self._pushed[repository.folder] = before, commit
        if not (ignored and before):
            return True
        changed = self._git(repository.folder, "diff", "--name-only", before, commit).splitlines()
        return any(not any(_matches(path, each) for each in ignored) for path in changed)

    def steps_of(  # noqa: PLR0913, PLR0917 -- what a job says
        self,
        action: str,
        inputs: Mapping[str, str],
        role: str,
        repository: Repository,
        commit: str,
        event: str = "push",
    ) -> Ran:
        """Run one of the actions alone, in a checkout, with a role."""
        steps = [
            {"uses": "actions/checkout@x", "with": {"fetch-depth": 0}},
            {"uses": "aws-actions/configure-aws-credentials@x", "with": {"aws-region": REGION, "role-to-assume": role}},
            {"uses": f"{_OF_GANTRY}{action}@x", "with": dict(inputs)},
        ]
        job = {"permissions": {"contents": "read", "id-token": "write"}, "steps": steps}
        ran = Ran()
        github = {"event_name": event, "repository": repository.name, "sha": commit, "ref": "refs/heads/main"}
        context = {"github": {**github, "token": self._token()}, "vars": repository.variables, "inputs": {}}
        ran.jobs[action] = _Job(self, repository, "", action, job, context, ran).run()[0]
        return ran

    def _token(self) -> str:
        given = self.github.app.new_token({"contents": "write", "pull_requests": "write"})
        assert given
        return str(given["token"])

    def _git(self, folder: Path, *words: str) -> str:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True)  # noqa: S603, S607
        return done.stdout.strip()


def steps_in(file: Path) -> Iterator[tuple[str, Json]]:
    """Yield every step of a workflow or an action that has shell in it, with its name: its file, job and own name."""
    written = yaml.safe_load(file.read_text())
    jobs = written.get("jobs") or {"action": {"steps": written["runs"]["steps"]}}
    for job, own in jobs.items():
        for step in own.get("steps", ()):
            if "run" in step:
                yield f"{_named(file)}: {job}: {step['name']}", step


def _named(file: Path) -> str:
    return file.parent.name if file.name == "action.yml" else f"{file.parents[2].name}/{file.name}"


@dataclass
class _Workflow:
    runner: Runner
    repository: Repository
    name: str
    context: Json
    ran: Ran
    prefix: str

    def run(self) -> None:
        """Run the jobs, each once all those that it needs have succeeded."""
        commit = self.context["github"]["sha"]
        path = f".github/workflows/{self.name}"
        text = self.runner._git(self.repository.folder, "show", f"{commit}:{path}")
        jobs: Json = yaml.safe_load(text)["jobs"]
        ended: Json = {}
        while waiting := [each for each in jobs if each not in ended]:
            ready = [each for each in waiting if set(_list(jobs[each].get("needs"))) <= ended.keys()]
            for job in ready:
                ended[job] = self._job(job, jobs[job], ended)

    def _job(self, name: str, job: Json, ended: Json) -> Json:
        needed = {each: ended[each] for each in _list(job.get("needs"))}
        context = {**self.context, "needs": needed}
        condition = job.get("if", "true")
        # https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
        is_wanted = "cancelled()" in str(condition) or all(each["result"] == "success" for each in needed.values())
        if not is_wanted or not is_true(condition, context, {"cancelled": lambda: False}):
            self.ran.jobs[f"{self.prefix}{name}"] = "skipped"
            return {"result": "skipped", "outputs": {}}
        result, outputs = "success", Json()
        for matrix in _matrices(job.get("strategy", {}).get("matrix", {})):
            own = {**context, "matrix": matrix}
            label = f"{self.prefix}{matrix.get('environment', name)}"
            if "uses" in job:
                inputs = filled(job.get("with", {}), own, {})
                called = {**self.context, "inputs": inputs}
                _Workflow(self.runner, self.repository, Path(job["uses"]).name, called, self.ran, f"{label} / ").run()
                failed = [k for k, v in self.ran.jobs.items() if k.startswith(f"{label} / ") and v == "failure"]
                result = "failure" if failed else "success"
            else:
                result, outputs = _Job(self.runner, self.repository, self.name, name, job, own, self.ran).run()
                self.ran.jobs[label] = result
        return {"result": result, "outputs": outputs}


def _matches(path: str, pattern: str) -> bool:
    """Whether a filter of GitHub's names a path: `**/` is any folder, or none."""
    return fnmatch(path, pattern) or fnmatch(path, pattern.removeprefix("**/"))


def _matrices(matrix: Json) -> list[Json]:
    """Return what a job runs for: the values of its one list, or what `include` has."""
    lists = [[{name: value} for value in values] for name, values in matrix.items() if name != "include"]
    assert len(lists) <= 1, "the examples have no more"
    return lists[0] if lists else matrix.get("include", [{}])


def _list(needs: Any) -> list[str]:
    return [needs] if isinstance(needs, str) else list(needs or ())


@dataclass
class _Job:
    runner: Runner
    repository: Repository
    workflow: str
    name: str
    job: Json
    context: Json
    ran: Ran

    def __post_init__(self) -> None:
        self._place = f"{self.repository.example}/{self.workflow}: {self.name}"
        self._home = self.runner.folder / f"job-{len(list(self.runner.folder.iterdir()))}"
        self._temp, self._work = self._home / "temp", self._home / "work"
        for each in (self._temp, self._work):
            each.mkdir(parents=True)
        self._context = {**self.context, "steps": {}, "runner": {"temp": str(self._temp)}}
        self._credentials: dict[str, str] = {}
        self._functions = {"hashFiles": lambda path: "a1" if (self._work / path).exists() else ""}
        self._environment = filled(self.job.get("environment"), self._context, {})

    def run(self) -> tuple[str, Json]:
        """Run the steps until one fails; return how it ended, and its outputs."""
        for kept in (self.runner.folder / "kept").glob("gantry-*"):
            (self._temp / kept.name).symlink_to(kept)  # the packages are installed once
        if self._environment:
            self.ran.asked.append(self._environment)
            self.runner.before_deploy(self._environment)
        is_well = self._steps(self.job["steps"], self._context, self._place)
        for made in self._temp.glob("gantry-*"):
            if not made.is_symlink():
                (self.runner.folder / "kept").mkdir(exist_ok=True)
                made.rename(self.runner.folder / "kept" / made.name)
        outputs = filled(self.job.get("outputs", {}), self._context, {})
        return ("success" if is_well else "failure"), outputs

    def _steps(self, steps: list[Json], context: Json, place: str, action: Path | None = None) -> bool:
        for step in steps:
            if not is_true(step.get("if", "true"), context, self._functions):
                continue
            self.ran.log += f"\n--- {place}: {step.get('name') or step.get('uses')}\n"
            used = step.get("uses")
            outputs = self._use(used, filled(step.get("with", {}), context, self._functions)) if used else None
            if not used:
                outputs = self._shell(step, context, place, action)
            if outputs is None:
                return False
            if "id" in step:
                context["steps"][step["id"]] = {"outputs": outputs}
        return True

    def _shell(self, step: Json, context: Json, place: str, action: Path | None) -> Json | None:
        """Run a step's shell as GitHub does; return its outputs, or None if it fails."""
        assert "${{" not in step["run"], "what others write would be run"
        files = {name: self._temp / f"{name}.txt" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for each in files.values():
            each.write_text("")
        script = self._temp / "script.sh"
        script.write_text(step["run"])
        own = {name: shown(each) for name, each in filled(step.get("env", {}), context, self._functions).items()}
        job = {name: shown(each) for name, each in filled(self.job.get("env", {}), context, {}).items()}
        environment = self._known(action) | job | self._credentials | own | {n: str(p) for n, p in files.items()}
        with (self._temp / "log.txt").open("w+") as log:
            done = subprocess.run(  # noqa: S603 -- the project's own examples
                [*_SHELLS[step.get("shell")], str(script)],
                cwd=self._work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                check=False,
            )
        self.ran.log += (self._temp / "log.txt").read_text() + f"(exit code {done.returncode})\n"
        self.ran.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        self.runner.done.add(f"{place}: {step['name']}")
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        return dict(each.split("=", 1) for each in lines) if done.returncode == 0 else None

    def _use(self, used: str, given: Json) -> Json | None:
        name = used.partition("@")[0]
        if name.startswith(_OF_GANTRY):
            return self._gantrys(name.removeprefix(_OF_GANTRY), given)
        assert name in programs.USED, name
        match name:
            case "actions/checkout":
                self._check_out(given)
            case "actions/upload-artifact":
                kept = self._home / "artifact"
                kept.mkdir()
                shutil.copy2(self._work / given["path"], kept)  # an absolute path stays one
                self.ran.artifacts[given["name"]] = kept
            case "actions/download-artifact":
                shutil.copytree(
                    self.ran.artifacts[given["name"]], self._work / given.get("path", "."), dirs_exist_ok=True
                )
            case "aws-actions/configure-aws-credentials":
                return self._assume(given)
        return {}

    def _gantrys(self, name: str, given: Json) -> Json | None:
        folder = ROOT / "actions" / name
        written = yaml.safe_load((folder / "action.yml").read_text())
        assert given.keys() <= written["inputs"].keys(), given
        inputs = {key: given.get(key, each.get("default", "")) for key, each in written["inputs"].items()}
        context = {"github": self._context["github"], "steps": {}}
        context["inputs"] = {key: shown(filled(each, context, {})) for key, each in inputs.items()}
        if not self._steps(written["runs"]["steps"], context, f"{name}: action", folder):
            return None
        values = {key: each["value"] for key, each in written.get("outputs", {}).items()}
        outputs: Json = filled(values, context, {})
        return outputs

    def _check_out(self, given: Json) -> None:
        folder = self._work / given.get("path", ".")
        if given.get("repository"):
            folder.symlink_to(ROOT)
            return
        folder.mkdir(exist_ok=True)
        commit = self._context["github"]["sha"]
        depth = [] if str(given.get("fetch-depth", 1)) == "0" else ["--depth=1"]
        url = self.repository.folder.resolve().as_uri()
        every = ["fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*"]
        for words in (
            ["init", "--quiet", "--initial-branch=main"],
            ["remote", "add", "origin", url],
            ["fetch", "--quiet", *depth, "origin", commit],
            ["checkout", "--quiet", "-B", "main", commit],
            *([] if depth else [every]),
        ):
            self.runner._git(folder, *words)

    def _assume(self, given: Json) -> Json | None:
        assert self.job["permissions"]["id-token"] == "write", "without it, GitHub gives no token"
        role, token = given["role-to-assume"], _token(self._subject())
        account = role.split(":")[4]
        sts = self.runner.stand_in.client("sts", account)
        try:
            keys = sts.assume_role_with_web_identity(
                RoleArn=role, RoleSessionName="GitHubActions", WebIdentityToken=token
            )["Credentials"]
        except sts.exceptions.ClientError as error:
            self.ran.log += f"{role}: {error}\n"
            return None
        self._credentials = {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
            "AWS_REGION": given["aws-region"],
            "AWS_DEFAULT_REGION": given["aws-region"],
        }
        return {"aws-account-id": account}

    def _subject(self) -> str:
        """https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims"""
        github = self._context["github"]
        if self._environment:
            return f"repo:{self.repository.name}:environment:{self._environment}"
        if github["event_name"] == "pull_request":
            return f"repo:{self.repository.name}:pull_request"
        return f"repo:{self.repository.name}:ref:{github['ref']}"

    def _known(self, action: Path | None) -> dict[str, str]:
        github = self._context["github"]
        own = python_environment()
        own.pop("PYTHONPATH")
        own = {name: each for name, each in own.items() if not name.startswith(("GITHUB_", "GH_", "GIT_"))}
        interpreters = [str(Path(sys.executable).parent), str(Path(sys.base_prefix) / "bin")]
        path = [str(self.runner.folder / "programs"), *interpreters, own.get("PATH", "")]
        known = {
            "PATH": os.pathsep.join(path),
            "HOME": str(self._home),
            "RUNNER_TEMP": str(self._temp),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": github.get("server_url", "https://github.com"),
            "GITHUB_API_URL": self.runner.github.url,
            "GITHUB_REPOSITORY": self.repository.name,
            "GITHUB_SHA": github["sha"],
            "GITHUB_RUN_ID": "7",
            "GITHUB_ACTOR": github.get("actor", "octocat"),
            # What the machine has instead of the internet.
            "AWS_ENDPOINT_URL": self.runner.stand_in.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PIP_CACHE_DIR": str(self.runner.folder / "kept" / "pip"),
            "PIP_NO_COMPILE": "1",
            "PYTHONPATH": str(ROOT / "sandbox" / "driver" / "localhost_names"),
        }
        return own | known | ({"GITHUB_ACTION_PATH": str(action)} if action else {})


def _token(subject: str) -> str:
    """Return a token with the claims of GitHub's. The stand-in for AWS looks at no signature."""
    claims = {"iss": _ISSUER, "sub": subject, "aud": "sts.amazonaws.com"}
    parts = (json.dumps(each).encode() for each in ({"alg": "none"}, claims))
    return ".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts) + "."
