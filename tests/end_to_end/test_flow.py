"""The examples as they are published: each workflow's and each action's shell, run on the deployed stack with real Git.

What is changed in them: the name of the infrastructure repository, which is the small GitHub's; prod's canary, which
would bake for five minutes; and Terraform's programs, which need the provider of AWS.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.driver.command_line import CommandLine
from sandbox.driver.git_host import REPOSITORY, DrivenGitHost
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, PROD, WORKLOAD_ACCOUNTS
from sandbox.stand_in.mailbox import mails
from sandbox.stand_in.workspace import ROOT
from tests import terraform
from tests.end_to_end.service import APPROVER
from tests.end_to_end.statements import disabled
from tests.workflows.people import Person
from tests.workflows.runner import Ran, Repository, Runner, steps_in
from tests.workflows.terraform import PROGRAM

EXAMPLES = ROOT / "examples"
ENVIRONMENTS = ("dev", "staging", "prod")
TRAILER = "Gantry-Execution:"
PART = "infrastructure / "
"""What the names of the infrastructure's jobs begin with."""
pytestmark = terraform.needs_terraform


@dataclass
class World:
    """The two repositories, the machines that run their workflows, and a pipeline."""

    pipeline: Pipeline
    runner: Runner
    infra: Person
    infrastructure: Repository
    app: Person
    application: Repository
    answered: set[str] = field(default_factory=set)
    """The links that somebody has followed."""

    def deploy(self, commit: str) -> Ran:
        """What a push to the infrastructure's main starts."""
        return self.runner.run(self.infrastructure, "deploy.yaml", "push", commit)

    def release(self, what: str) -> str:
        """Change the application, and do what a push to its main starts; the commit."""
        self.app.edit("app.py", "def handler", f"# {what}\ndef handler")
        commit = self.app.push(what)
        self.runner.run(self.application, "release.yaml", "push", commit).require_success()
        return commit

    def approve(self, release: str) -> None:
        """Open the link in a mail about a release that was not answered yet, and press Approve."""

        def arrived() -> str | None:
            sent = mails(self.pipeline.stand_in, ASSETS)
            links = [each.links[0] for each in sent if APPROVER in each.to and release in each.text]
            return next((each for each in links if each not in self.answered), None)

        link = eventually(f"a mail about {release}", arrived, 180)
        self.answered.add(link)
        status, page = self.pipeline.answer(link, "approved", "it looks well")
        assert status == 200, page

    def promote(self, what: str) -> str:
        """Release something, and wait with the action until it is live in prod, approved once."""
        commit = self.release(what)
        role = f"arn:aws:iam::{ASSETS}:role/infrastructure-read"
        given = {"service": "cowsay", "release": commit, "environment": "prod", "timeout": "5m"}
        ended = self.meanwhile(
            lambda: self.runner.steps_of("wait", given, role, self.infrastructure, self.infra.pull()),
            lambda: self.approve(commit),
        ).require_success()
        assert "### cowsay in prod: The release is live&#46;" in ended.summary
        assert f"| release | {commit} |" in ended.summary
        return commit

    def meanwhile(self, run: Callable[[], Ran], other: Callable[[], object]) -> Ran:
        """Run one thing, while somebody does another."""
        with ThreadPoolExecutor(1) as somebody:
            done = somebody.submit(other)
            ran = run()
        failure = done.exception()
        assert failure is None, f"{failure}\n{ran.log}"
        return ran

    def git_says(self, environment: str, version: str) -> bool:
        self.infra.pull()
        written = json.loads((self.infra.clone / environment / "gantry.auto.tfvars.json").read_text())
        return bool(written == {"app_version": version})

    def wait_for_git(self, environment: str, version: str) -> None:
        """Wait until the file of an environment says that a version is live."""
        eventually(f"{version} in {environment} in Git", lambda: self.git_says(environment, version) or None)

    def parameter(self, name: str, account: str = PROD) -> str:
        ssm = self.pipeline.stand_in.client("ssm", account)
        return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])

    def says(self) -> Any:
        """What prod's function is told to say."""
        lambda_ = self.pipeline.stand_in.client("lambda", PROD)
        found = lambda_.get_function_configuration(FunctionName="cowsay", Qualifier="live")
        return found["Environment"]["Variables"]["TO_SAY"]


def deploy_stack(pipeline: Pipeline, name: str, template: str, account: str, parameters: dict[str, str]) -> None:
    """Deploy one of the examples' templates."""
    cloudformation = pipeline.stand_in.client("cloudformation", account)
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=(EXAMPLES / template).read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def add_service(pipeline: Pipeline, name: str, accounts: dict[str, str]) -> None:
    """Step 5 of the page about deploying."""
    parameters = {
        "FunctionName": name,
        "AssetsAccount": ASSETS,
        "TargetAccounts": ",".join(WORKLOAD_ACCOUNTS.values()),
        "GitHubRepository": "acme/cowsay",
        "ManifestBucket": pipeline.outputs["ManifestBucketName"],
    }
    for account in accounts.values():
        deploy_stack(pipeline, name, "service.template.yaml", account, parameters)


def add_roles(pipeline: Pipeline) -> None:
    """The roles that the infrastructure's workflows assume."""
    policies = {each: pipeline.outputs[f"Operator{each}"] for each in _POLICIES}
    for environment, account in {"assets": ASSETS, **WORKLOAD_ACCOUNTS}.items():
        own = {"GitHubRepository": REPOSITORY, "Environment": environment, "NamePattern": "cowsay*"}
        own["StateBucket"] = f"acme-terraform-{account}"
        template = "infrastructure/roles.template.yaml"
        deploy_stack(pipeline, "infrastructure-roles", template, account, own | (policies if account == ASSETS else {}))


_POLICIES = ("ReadPolicyArn", "PromotePolicyArn", "SyncPolicyArn", "RollBackPolicyArn")


def infrastructure_file(states: Path) -> Callable[[str, str], str | None]:
    def change(path: str, text: str) -> str | None:
        folder, _, name = path.partition("/")
        if folder == "modules" or name == "terraform.tf":
            return None
        if name == "main.tf":
            is_assets = folder == "assets"
            return PROGRAM.format(
                state=states / f"{folder}.tfstate",
                revision="1" if is_assets else "var.revision",
                app_version='""' if is_assets else "var.app_version",
            )
        return text.replace("acme/infrastructure", REPOSITORY).replace("Canary10Percent5Minutes", "AllAtOnce")

    return change


@pytest.fixture(scope="module")
def world(pipeline: Pipeline, github: DrivenGitHost, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("flow")
    add_service(pipeline, "cowsay", {"assets": ASSETS, **WORKLOAD_ACCOUNTS})
    add_roles(pipeline)
    infra = Person.with_a_clone(folder / "infra", github.repository.folder)
    infra.replace_all(EXAMPLES / "infrastructure", infrastructure_file(folder))
    infra.push("The infrastructure")
    app = Person.with_a_clone(folder / "app", folder / "cowsay.git")
    # The application's repository names no environment: the manifest is in the other one.
    app.replace_all(EXAMPLES / "cowsay", lambda path, text: None if path == "manifest.yaml" else text)
    app.push("The application")
    application = Repository("acme/cowsay", "cowsay", app.bare)
    application.variables |= {
        "RELEASE_ROLE": f"arn:aws:iam::{ASSETS}:role/cowsay-release",
        "MANIFEST_BUCKET": pipeline.outputs["ManifestBucketName"],
        "GANTRY_REPOSITORY": "YOUR-ORG/gantry",
        "GANTRY_COMMIT": "0" * 40,
    }
    runner = Runner(pipeline.stand_in, github, folder / "runner")
    infrastructure = Repository(REPOSITORY, "infrastructure", infra.bare)
    return World(pipeline, runner, infra, infrastructure, app, application)


def test_the_first_deployment_brings_manifests_and_infrastructure_in_order(world: World) -> None:
    ran = world.deploy(world.infra.pull()).require_success()
    assert ran.jobs == {
        "manifests": "success",
        **{f"{PART}{each} / {job}": "success" for each in ("assets", *ENVIRONMENTS) for job in ("plan", "deploy")},
        "configuration": "success",
    }
    assert ran.asked == ["assets", *ENVIRONMENTS]
    assert "cowsay" in ran.summary
    for environment, account in WORKLOAD_ACCOUNTS.items():
        assert world.parameter(f"/infra/{environment}/revision", account) == "1"


def test_a_commit_of_the_application_goes_to_prod_approved_once_and_git_says_so(world: World) -> None:
    commit = world.promote("the first release")
    for environment in ENVIRONMENTS:
        world.wait_for_git(environment, commit)
    decided = [each for each in world.pipeline.ledger("approvals#cowsay") if commit in json.dumps(each, default=str)]
    assert len(decided) == 1

    # What Gantry commits starts nothing anew.
    head = world.infra.pull()
    assert TRAILER in world.infra.git("log", "-1", "--format=%B")
    assert world.deploy(head).jobs == {}


def test_a_pull_request_shows_what_it_changes_and_main_deploys_what_was_reviewed(world: World) -> None:
    world.infra.pull()
    world.infra.edit("prod/terraform.tfvars", "revision = 1", "revision = 2")
    world.infra.edit("services/cowsay.yaml", "Hello from prod", "Hello from the flow")
    commit = world.infra.push("A permission, and what needs it", "a-permission")
    shown = world.runner.run(world.infrastructure, "plan.yaml", "pull_request", commit).require_success()
    assert "revision         = 1 -> 2" in shown.summary or "revision = 1 -> 2" in shown.summary
    assert [each for each, how in shown.jobs.items() if how == "skipped"] == [
        f"{each} / deploy" for each in ("assets", *ENVIRONMENTS)
    ]
    assert world.parameter("/infra/prod/revision") == "1"
    assert world.says() == "Hello from prod"

    merged, live = world.infra.push("Merge"), str(world.pipeline.live("cowsay")["prod"]["tag"])
    ran = world.meanwhile(lambda: world.deploy(merged), lambda: world.approve(live)).require_success()
    assert ran.asked == ["prod"], "where nothing changes, nobody is asked"
    assert ran.jobs[f"{PART}dev / deploy"] == "skipped"
    assert world.parameter("/infra/prod/revision") == "2"
    assert world.says() == "Hello from the flow"


def test_a_plan_that_is_not_the_reviewed_one_is_not_applied(world: World) -> None:
    world.infra.pull()
    world.infra.edit("dev/terraform.tfvars", "revision = 1", "revision = 2")
    commit = world.infra.push("Another permission")
    states = world.infra.clone.parent

    def lose_the_state(_: str) -> None:
        (states / "dev.tfstate").rename(states / "kept.tfstate")

    world.runner.before_deploy = lose_the_state
    try:
        ran = world.deploy(commit)
    finally:
        world.runner.before_deploy = lambda _: None
        (states / "kept.tfstate").rename(states / "dev.tfstate")
    assert ran.jobs[f"{PART}dev / deploy"] == "failure"
    assert "This is not the plan that was reviewed" in ran.log
    assert ran.jobs[f"{PART}staging"] == "skipped"
    assert ran.jobs["configuration"] == "skipped"
    assert world.parameter("/infra/dev/revision", WORKLOAD_ACCOUNTS["dev"]) == "1"
    world.deploy(commit).require_success()
    assert world.parameter("/infra/dev/revision", WORKLOAD_ACCOUNTS["dev"]) == "2"


def test_a_release_waits_in_staging_for_the_permission_that_its_own_pull_request_brings(world: World) -> None:
    world.infra.pull()
    world.infra.edit("staging/terraform.tfvars", "revision = 1", "revision = 2")
    world.infra.edit(
        "services/cowsay.yaml", "/infra/staging/revision, at_least: 1", "/infra/staging/revision, at_least: 2"
    )
    commit = world.infra.push("A permission in staging, and the release that needs it")
    line = CommandLine.of_root(world.pipeline.stand_in)
    missing = "parameter /infra/staging/revision at least 2"
    released: list[str] = []

    def why() -> str | None:
        said = " ".join(line.run("why", "cowsay", "staging").out.split())
        return said if missing in said else None

    def release_meanwhile(environment: str) -> None:
        """The image is pushed while the reviewers of staging read the plan."""
        if environment != "staging":
            return
        pushed = world.release("what needs a permission")
        said = eventually("the wait", why, 120)
        assert "platform@example.com" in said
        live = world.pipeline.live("cowsay")
        assert live["dev"]["tag"] == pushed, "dev has what it needs"
        assert live["staging"]["tag"] != pushed
        released.append(pushed)

    def approve_it() -> None:
        eventually("the release", lambda: released or None, 240)
        world.approve(released[0])

    world.runner.before_deploy = release_meanwhile
    try:
        # The job `configuration` waits for the release, and finds nothing to do.
        ran = world.meanwhile(lambda: world.deploy(commit), approve_it).require_success()
    finally:
        world.runner.before_deploy = lambda _: None
    assert ran.asked == ["staging"]
    assert ran.jobs["configuration"] == "success"
    assert world.pipeline.live("cowsay")["prod"]["tag"] == released[0]
    world.wait_for_git("prod", released[0])


def test_a_hotfix_takes_prod_back_git_says_so_and_the_plan_is_empty(world: World) -> None:
    first = str(world.pipeline.live("cowsay")["prod"]["tag"])
    second = world.promote("the second release")
    world.wait_for_git("prod", second)
    hotfix = {"service": "cowsay", "environment": "prod", "to": "", "reason": 'it\'s "slow"; $(touch /tmp/x) `id`'}
    ran = world.runner.run(
        world.infrastructure, "hotfix.yaml", "workflow_dispatch", world.infra.pull(), inputs=hotfix
    ).require_success()
    assert ran.asked == ["hotfix"]
    assert "Somebody rolled it back" in ran.summary
    assert world.pipeline.live("cowsay")["prod"]["tag"] == first
    assert world.git_says("prod", first), "the job ends once Git says so"

    after = world.runner.run(world.infrastructure, "plan.yaml", "pull_request", world.infra.pull()).require_success()
    assert after.summary.count("No changes") == 4
    assert "not_written_back" not in after.summary


def test_without_the_app_a_pull_request_says_what_is_live_until_nobody_needs_it(
    world: World, github: DrivenGitHost
) -> None:
    role = f"arn:aws:iam::{ASSETS}:role/infrastructure-read"
    given = {"manifests": "services/cowsay.yaml", "environment": "prod"}

    def write_back() -> Ran:
        return world.runner.steps_of("write-back", given, role, world.infrastructure, world.infra.pull())

    with disabled(world.pipeline.stand_in, "LiveChanged"):
        third = world.promote("the third release")
        plan = world.runner.run(world.infrastructure, "plan.yaml", "pull_request", world.infra.pull())
        assert f"{third} is live, and Git says" in plan.summary
        write_back().require_success()
        (pull,) = github.pulls.open("gantry/cowsay-prod")
        assert pull.title == f"cowsay in prod: {third}"
        assert TRAILER in pull.body
        head = github.repository.head("gantry/cowsay-prod")
        write_back().require_success()
        assert github.repository.head("gantry/cowsay-prod") == head, "nothing is pushed that is there"
        github.repository.force("main", head)  # people merge it
        github.pulls.after_a_move()
    assert world.git_says("prod", third)
    write_back().require_success()
    assert github.pulls.open("gantry/cowsay-prod") == []


def test_a_release_that_was_pushed_before_is_promoted_manually(world: World) -> None:
    tag = "wip-manual"  # a push of such a tag starts nothing
    world.pipeline.push("cowsay", tag, (EXAMPLES / "cowsay" / "app.py").read_text())

    def manually(*, is_dry: bool) -> Ran:
        given = {"service": "cowsay", "release": tag, "to": "dev", "dry-run": is_dry}
        commit = world.infra.pull()
        ran = world.runner.run(world.infrastructure, "promote.yaml", "workflow_dispatch", commit, inputs=given)
        return ran.require_success()

    assert "**Goes through**\n\n- to dev\n" in manually(is_dry=True).summary
    assert world.pipeline.live("cowsay")["dev"]["tag"] != tag
    assert "**Succeeded**" in manually(is_dry=False).summary
    assert world.pipeline.live("cowsay")["dev"]["tag"] == tag


def test_an_application_may_bring_its_own_manifest(world: World, tmp_path: Path) -> None:
    add_service(world.pipeline, "cowsay-alone", {"assets": ASSETS, "dev": WORKLOAD_ACCOUNTS["dev"]})
    person = Person.with_a_clone(tmp_path / "alone", tmp_path / "alone.git")

    def alone(path: str, text: str) -> str:
        text = text.replace("REPOSITORY: cowsay", "REPOSITORY: cowsay-alone")
        if path != "manifest.yaml":
            return text
        shared = text.partition("# What the environments share")[2]
        return (
            (text.partition("  - name: staging")[0] + "#" + shared)
            .replace(": cowsay", ": cowsay-alone")
            .replace("role/cowsay", "role/cowsay-alone")
        )

    person.replace_all(EXAMPLES / "cowsay", alone)
    commit = person.push("All in one repository")
    repository = Repository("acme/cowsay", "cowsay", person.bare)
    repository.variables = world.application.variables | {
        "RELEASE_ROLE": f"arn:aws:iam::{ASSETS}:role/cowsay-alone-release"
    }
    checked = world.runner.run(repository, "release.yaml", "pull_request", commit).require_success()
    assert checked.jobs == {"check": "success", "build": "skipped", "release": "skipped"}
    world.runner.run(repository, "release.yaml", "push", commit).require_success()
    eventually("the release", lambda: world.pipeline.live("cowsay-alone").get("dev"), 60)


@pytest.mark.parametrize(
    ("action", "given", "says"),
    [
        ("promote", {"service": ""}, "the input service is missing"),
        ("promote", {"service": "cowsay", "to": " \n"}, "the input to names nothing"),
        ("promote", {"service": "cowsay", "dry-run": "yes"}, "the input dry-run is true or false"),
        ("rollback", {"service": "cowsay", "environment": "prod", "reason": ""}, "the input reason is missing"),
        ("sync-manifests", {"prune": "maybe"}, "the input prune is true or false"),
        ("wait", {"service": "cowsay", "timeout": ""}, "the input timeout is missing"),
        ("write-back", {"manifests": "services", "mode": "force"}, "the input mode is pull-request or wait"),
        ("write-back", {"manifests": "services", "branch": "--delete"}, "the input branch is no name of one"),
        ("promote", {"service": "--help"}, "There is no service --help"),
    ],
)
def test_an_action_refuses_an_input_that_it_cannot_mean(
    action: str, given: dict[str, str], says: str, world: World
) -> None:
    role = f"arn:aws:iam::{ASSETS}:role/infrastructure-read"
    ran = world.runner.steps_of(action, given, role, world.infrastructure, world.infra.pull())
    assert ran.jobs[action] == "failure"
    assert says in ran.log


@pytest.mark.parametrize(
    ("role", "event"),
    [
        ("infrastructure-apply", "push"),
        ("infrastructure-rollback", "push"),
        ("infrastructure-promote", "pull_request"),
    ],
)
def test_a_role_is_for_its_own_jobs_alone(role: str, event: str, world: World) -> None:
    arn = f"arn:aws:iam::{ASSETS}:role/{role}"
    ran = world.runner.steps_of("promote", {"service": "cowsay"}, arn, world.infrastructure, world.infra.pull(), event)
    assert "AccessDenied" in ran.log


def test_every_step_with_shell_has_been_run(world: World) -> None:
    actions = sorted((ROOT / "actions").glob("*/action.yml"))
    files = [*EXAMPLES.glob("*/.github/workflows/*.yaml"), *actions]
    known = {name for file in files for name, _ in steps_in(file)}
    with_shell = {"cowsay/release.yaml", "infrastructure/environment.yaml", *(file.parent.name for file in actions)}
    assert {name.partition(":")[0] for name in known} == with_shell
    assert known - world.runner.done == set()
