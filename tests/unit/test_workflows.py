"""The examples' workflows, the actions and the Terraform are what people copy, so what keeps them safe is held here.

`make check` runs actionlint and zizmor over them; tests/end_to_end runs the shell of each step.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from gantry.promotion.manifest.reading import parse
from gantry.promotion.write_back.message import TRAILER
from gantry.targets.registry import all_schemas
from tests import terraform
from tests.template.parsed import ROOT

INFRASTRUCTURE = ROOT / "examples" / "infrastructure"
WORKFLOWS = sorted((ROOT / "examples").glob("*/.github/workflows/*.yaml"))
ACTIONS = sorted((ROOT / "actions").glob("*/action.yml"))
ENVIRONMENTS = ("dev", "staging", "prod")
OWN_WORKFLOWS = {f"./.github/workflows/{name}.yaml" for name in ("environment", "infrastructure")}


def read(file: Path) -> dict[Any, Any]:
    written: dict[Any, Any] = yaml.safe_load(file.read_text())
    return written


def steps(file: Path) -> Iterator[dict[str, Any]]:
    written = read(file)
    for job in written.get("jobs", {"": written.get("runs")}).values():
        yield from job.get("steps", ())


def actionlint(text: str) -> str:
    program = Path(sys.executable).with_name("actionlint")
    command = [str(program), "-shellcheck=", "-pyflakes=", "-oneline", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)  # noqa: S603 -- our own tool
    return done.stdout + done.stderr


def as_workflow(action: dict[Any, Any]) -> str:
    """An action as a workflow with the same inputs and steps: actionlint reads workflows only."""
    inputs = {
        name: {"type": "string", "required": own.get("required", False)} for name, own in action["inputs"].items()
    }
    job = {"runs-on": "ubuntu-latest", "steps": action["runs"]["steps"]}
    outputs = {name: own["value"] for name, own in action.get("outputs", {}).items()}
    job |= {"outputs": outputs} if outputs else {}
    return yaml.safe_dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"action": job}})


@pytest.mark.parametrize("file", ACTIONS, ids=lambda file: file.parent.name)
def test_actionlint_finds_nothing_in_an_action(file: Path) -> None:
    assert actionlint(as_workflow(read(file))) == ""


def test_actionlint_would_find_an_input_that_an_action_does_not_have() -> None:
    action = read(ACTIONS[0])
    action["runs"]["steps"][0]["env"]["MORE"] = "${{ inputs.missing }}"
    assert '"missing" is not defined' in actionlint(as_workflow(action))


@pytest.mark.parametrize("file", [*WORKFLOWS, *ACTIONS], ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_shell_has_an_expression_in_it(file: Path) -> None:
    """What others write, like a reason or a branch's name, would be run."""
    assert [step["run"] for step in steps(file) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("file", ACTIONS, ids=lambda file: file.parent.name)
def test_an_action_is_of_its_own_commit_and_uses_no_other(file: Path) -> None:
    for step in steps(file):
        assert "uses" not in step
        assert step["shell"] == "bash"
        assert step["run"].startswith('. "$GITHUB_ACTION_PATH/../gantry.sh"\n')


def test_what_the_actions_install_is_pinned_and_nothing_is_imported_from_where_the_job_works() -> None:
    text = (ROOT / "actions" / "gantry.sh").read_text()
    (install,) = re.findall(r"pip install (.*)$", text.replace("\\\n", " "), re.MULTILINE)
    assert '--require-hashes --only-binary=:all: --requirement "$lock"' in install
    started = re.findall(r'"\$python" (\S+)', text + "".join(file.read_text() for file in ACTIONS))
    assert set(started) == {"-P", "-m"}
    assert started.count("-m") == 1, "pip"


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: f"{file.parents[2].name}/{file.name}")
def test_every_action_of_others_is_pinned_and_says_its_version(file: Path) -> None:
    for used in re.findall(r"^ +(?:- )?uses: (.*)$", file.read_text(), re.MULTILINE):
        pinned = re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used)
        own = re.fullmatch(r"YOUR-ORG/gantry/actions/([\w-]+)@0{40} # the commit that is deployed", used)
        assert pinned or own or used in OWN_WORKFLOWS, used
        assert not own or (ROOT / "actions" / own[1] / "action.yml").exists()


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: f"{file.parents[2].name}/{file.name}")
def test_an_action_of_gantrys_is_given_only_the_inputs_that_it_has(file: Path) -> None:
    for step in steps(file):
        if step.get("uses", "").startswith("YOUR-ORG/"):
            known = read(ROOT / "actions" / step["uses"].split("/")[3].partition("@")[0] / "action.yml")["inputs"]
            given = step.get("with", {})
            assert given.keys() <= known.keys()
            assert {name for name, own in known.items() if own.get("required")} <= given.keys()


def test_no_job_has_rights_that_it_does_not_need() -> None:
    for file in sorted((INFRASTRUCTURE / ".github/workflows").glob("*.yaml")):
        written = read(file)
        assert written["permissions"] == {}
        for job in written["jobs"].values():
            assert job["permissions"].keys() <= {"contents", "id-token"}
            assert job["permissions"].get("contents", "read") == "read"


def workflow(name: str) -> dict[Any, Any]:
    return read(INFRASTRUCTURE / f".github/workflows/{name}.yaml")


def test_a_commit_of_gantrys_own_starts_no_run_which_would_take_the_place_of_one_that_waits() -> None:
    manifest = parse((INFRASTRUCTURE / "services/cowsay.yaml").read_text(), all_schemas())
    assert manifest.write_back
    ignored = workflow("deploy")[True]["push"]["paths-ignore"]  # YAML reads the key `on` as true
    for file in manifest.write_back.files:
        assert any(fnmatch(file.path, pattern) for pattern in ignored), file.path


def test_the_manifests_come_first_and_the_configuration_last_and_each_job_after_a_success() -> None:
    outer, jobs = workflow("deploy")["jobs"], workflow("infrastructure")["jobs"]
    assert outer["manifests"]["if"] == f"${{{{ !contains(github.event.head_commit.message, '{TRAILER}:') }}}}"
    order = [(outer, "manifests", "infrastructure"), (outer, "infrastructure", "configuration")]
    order += [(jobs, "assets", "dev"), (jobs, "dev", "staging"), (jobs, "staging", "prod")]
    for of, first, then in order:
        assert of[then]["needs"] == first
        assert of[then]["if"] == f"${{{{ !cancelled() && needs.{first}.result == 'success' }}}}"
    (sync,) = [step for step in outer["manifests"]["steps"] if "sync-manifests" in step["uses"]]
    assert "promote" not in sync["with"]
    (promote,) = [step for step in outer["configuration"]["steps"] if "actions/promote@" in step["uses"]]
    assert "release" not in promote["with"]
    services = [file.stem for file in (INFRASTRUCTURE / "services").glob("*.yaml")]
    assert outer["configuration"]["strategy"]["matrix"]["service"] == services


def test_neither_the_manifests_nor_the_configuration_wait_in_the_group_of_the_infrastructure() -> None:
    """The configuration may wait for a release, which waits for infrastructure that the next run brings."""
    deploy = workflow("deploy")
    assert "github.run_id" in deploy["concurrency"]["group"], "a group of its own"
    assert "concurrency" not in deploy["jobs"]["manifests"]
    assert deploy["jobs"]["configuration"]["concurrency"]["group"] == "configuration-${{ matrix.service }}"
    assert workflow("infrastructure")["concurrency"] == {"group": "infrastructure", "cancel-in-progress": False}


def test_only_the_job_of_an_environment_applies() -> None:
    jobs = read(INFRASTRUCTURE / ".github/workflows/environment.yaml")["jobs"]
    assert "environment" not in jobs["plan"]
    assert jobs["deploy"]["environment"] == "${{ inputs.environment }}"
    roles = {
        name: {step["with"]["role-to-assume"].rpartition("/")[2] for step in job["steps"] if "aws-" in str(step)}
        for name, job in jobs.items()
    }
    assert roles == {"plan": {"infrastructure-plan"}, "deploy": {"infrastructure-apply"}}


def test_accounts_are_the_same_everywhere() -> None:
    manifest = parse((INFRASTRUCTURE / "services/cowsay.yaml").read_text(), all_schemas())
    known = {each.name: each.targets[0].account for each in manifest.environments} | {"assets": "111111111111"}
    jobs = workflow("infrastructure")["jobs"]
    assert {name: job["with"]["account"] for name, job in jobs.items() if "with" in job} == known
    matrix = read(INFRASTRUCTURE / ".github/workflows/plan.yaml")["jobs"]["environment"]["strategy"]["matrix"]
    assert {each["environment"]: each["account"] for each in matrix["include"]} == known
    for name, account in known.items():
        assert f'"{account}"' in (INFRASTRUCTURE / name / "terraform.tfvars").read_text()
        assert f'"acme-terraform-{account}"' in (INFRASTRUCTURE / name / "terraform.tf").read_text()


def test_gantry_writes_files_that_terraform_reads_by_itself_and_nobody_else_writes() -> None:
    manifest = parse((INFRASTRUCTURE / "services/cowsay.yaml").read_text(), all_schemas())
    assert manifest.write_back
    assert manifest.write_back.mode == "commit"
    for file in manifest.write_back.files:
        assert Path(file.path) == Path(file.environment, "gantry.auto.tfvars.json")
        assert json.loads((INFRASTRUCTURE / file.path).read_text()).keys() == {"app_version"}
        assert "app_version" not in (INFRASTRUCTURE / file.environment / "terraform.tfvars").read_text()


@terraform.needs_terraform
def test_terraform_takes_the_form_of_its_code() -> None:
    """Without the provider of AWS, its form only: no package has the provider."""
    code, said = terraform.run(INFRASTRUCTURE, "fmt", "-check", "-diff", "-recursive")
    assert code == 0, said


FOLDERS = sorted({file.parent for file in INFRASTRUCTURE.rglob("*.tf")})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_variable_and_every_argument_of_a_module_is_declared(folder: Path) -> None:
    text = "".join(file.read_text() for file in folder.glob("*.tf"))
    declared = set(re.findall(r'^variable "(\w+)"', text, re.MULTILINE))
    assert set(re.findall(r"\bvar\.(\w+)", text)) == declared
    for module in re.findall(r'^module "\w+" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL):
        given = dict(re.findall(r"^  (\w+) += (.*)$", module, re.MULTILINE))
        variables = (folder / given.pop("source").strip('"') / "variables.tf").read_text()
        known = set(re.findall(r'^variable "(\w+)"', variables, re.MULTILINE))
        optional = re.findall(r'^variable "(\w+)" \{\n(?:  .*\n)*?  default ', variables, re.MULTILINE)
        assert known - set(optional) <= given.keys() <= known
