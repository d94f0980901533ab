"""Git says what is live, on the deployed stack: event, queue, function, KMS, GitHub."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.driver.git_host import DrivenGitHost
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.git_host.server import Fault
from tests import terraform
from tests.end_to_end.service import NewService, Service
from tests.end_to_end.statements import disabled, physical_id
from tests.end_to_end.write_back_steps import write_back_keys

Json = dict[str, Any]


def written(github: DrivenGitHost, path: str, branch: str = "main") -> Json:
    """A file of the repository; empty before it is there."""
    if branch not in github.repository.branches():
        return {}
    head = github.repository.head(branch)
    content = github.answers.to("GET", f"/contents/{path}?ref={head}", {})
    return json.loads(github.repository.read(path, head)) if content[0] == 200 else {}


def says(github: DrivenGitHost, service: Service, version: str, branch: str = "main") -> Callable[[], bool]:
    return lambda: written(github, f"prod/{service.name}.auto.tfvars.json", branch) == {"app_version": version}


def soon(what: str, look: Callable[[], object]) -> None:
    eventually(what, lambda: look() or None)


def release(service: Service) -> str:
    """Release an image; its tag."""
    tag = service.tag()
    digest = service.push_labelled(tag)
    service.succeeds(service.pipeline.promotion_of(digest))
    return tag


def test_git_follows_a_promotion_and_a_rollback(new_service: NewService, github: DrivenGitHost) -> None:
    service = new_service()
    service.add(service.environment(), write_back=write_back_keys(service.name))
    first = release(service)
    soon("the first release in Git", says(github, service, first))
    second = release(service)
    soon("the second release in Git", says(github, service, second))

    service.succeeds(service.roll_back())
    soon("the rollback in Git", says(github, service, first))

    mine = [github.repository.message(each) for each in github.repository.log("main")]
    headlines = [each.splitlines()[0] for each in mine if each.startswith(f"{service.name} ")]
    assert headlines == [f"{service.name} in prod: {each}" for each in (f"back to {first}", second, first)]
    compared = f"https://github.com/acme/{service.name}/compare/{first}...{second}"
    assert any(f"Changes: {compared}" in each for each in mine)
    trailer = "Gantry-Execution: arn:aws:states:us-east-1:"
    assert all(trailer in each for each in mine if each.startswith(f"{service.name} "))


PROGRAM = b"""\
variable "app_version" { type = string }

# No provider of AWS is at hand here. What runs is read from a file instead, as a provider would read it from AWS.
locals { running = file("${path.module}/running") }
output "change" { value = local.running == var.app_version ? "none" : "${local.running} to ${var.app_version}" }
"""


def plan(service: Service, github: DrivenGitHost, folder: Path) -> int:
    """The exit code of a plan: 0 is nothing to do, 2 is a change. What runs is what the ledger says."""
    (live,) = [each for each in service.pipeline.ledger(f"service#{service.name}") if each["sk"].startswith("live#")]
    (folder / "running").write_text(live["current"]["tag"])
    head = github.repository.head("main")
    for name in ("main.tf", "gantry.auto.tfvars.json"):
        (folder / name).write_bytes(github.repository.read(f"{service.name}/{name}", head))
    if not (folder / "terraform.tfstate").exists():
        assert terraform.run(folder, "apply", "-auto-approve", "-input=false")[0] == 0
    code, said = terraform.run(folder, "plan", "-detailed-exitcode", "-input=false")
    assert code in {0, 2}, said
    return code


@terraform.needs_terraform
def test_terraform_plans_nothing_after_a_promotion_and_after_a_rollback_and_would_without_the_write_back(
    new_service: NewService, github: DrivenGitHost, pipeline: Pipeline, tmp_path: Path
) -> None:
    service = new_service()
    path = f"{service.name}/gantry.auto.tfvars.json"
    github.repository.push("main", {f"{service.name}/main.tf": PROGRAM})
    service.add(service.environment(), write_back=write_back_keys(service.name, path=path))

    def has(tag: str) -> Callable[[], bool]:
        return lambda: written(github, path) == {"app_version": tag}

    first = release(service)
    soon("the first release in Git", has(first))
    assert plan(service, github, tmp_path) == 0
    with disabled(pipeline.stand_in, "LiveChanged"):
        second = release(service)
        assert plan(service, github, tmp_path) == 2
    third = release(service)
    soon("the third release in Git", has(third))
    assert plan(service, github, tmp_path) == 0
    service.succeeds(service.roll_back())
    soon("the rollback in Git", has(second))
    assert plan(service, github, tmp_path) == 0


def test_a_pull_request_waits_for_people_and_closes_when_nothing_is_left(
    new_service: NewService, github: DrivenGitHost
) -> None:
    service = new_service()
    service.add(service.environment(), write_back=write_back_keys(service.name, mode="pull_request"))
    branch = f"gantry/prod/{service.name}"
    first = release(service)
    (pull,) = eventually("a pull request", lambda: github.pulls.open(branch) or None)
    assert says(github, service, first, branch)()
    assert written(github, f"prod/{service.name}.auto.tfvars.json") == {}
    github.repository.force("main", github.repository.head(branch))  # people merge it
    github.pulls.after_a_move()
    assert pull.state == "closed"

    release(service)
    (again,) = eventually("another pull request", lambda: github.pulls.open(branch) or None)
    service.succeeds(service.roll_back())
    soon("the end of what is not needed any more", lambda: branch not in github.repository.branches())
    assert again.state == "closed"
    assert says(github, service, first)()


def test_a_git_that_is_down_touches_no_deployment_and_the_queue_makes_it_true_later(
    new_service: NewService, github: DrivenGitHost, pipeline: Pipeline
) -> None:
    service = new_service()
    service.add(service.environment(), write_back=write_back_keys(service.name))
    sqs = pipeline.stand_in.client("sqs", ASSETS)
    queue = physical_id(pipeline.stand_in, "gantry", ASSETS, "WriteBackQueue")
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "2"})  # nobody waits for six minutes
    github.faults.extend([Fault(503)] * 6)
    tag = release(service)  # raises if it does not succeed
    soon("the calls that failed", lambda: not github.faults)
    soon("what the queue has delivered again", says(github, service, tag))
