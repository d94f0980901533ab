"""What a one-off task is started with, and what its end says. Nothing here waits."""

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from gantry.promotion.errors import CheckPendingError, CheckUnavailableError, TargetAccessError, TargetNotFoundError
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.one_off_tasks import OneOffTasks
from gantry.targets.task_runner import TaskCommand, TaskStatus
from tests.unit.targets.fake_ecs_tasks import ACCOUNT, CLUSTER, REGION, SERVICE, FakeEcsTasks, arn

REVISION, NAME = "cowsay:8", "5f2b" * 16
MIGRATE = TaskCommand(("python", "manage.py", "migrate"))
LOG = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/ecs/cowsay", "awslogs-region": REGION, "awslogs-stream-prefix": "web"},
}
NETWORK = {
    "awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"},
}


@pytest.fixture
def ecs() -> FakeEcsTasks:
    containers = [
        {"name": "app", "image": "cowsay", "logConfiguration": LOG},
        {"name": "tools", "image": "tools"},
        {"name": "proxy", "image": "envoy", "essential": False},
    ]
    service = {"launchType": "FARGATE", "platformVersion": "1.4.0", "networkConfiguration": NETWORK}
    return FakeEcsTasks(service=service, definitions={REVISION: {"containerDefinitions": containers}})


def tasks_of(ecs: FakeEcsTasks) -> OneOffTasks:
    return OneOffTasks(cast("Any", ecs), EcsTarget(ACCOUNT, REGION, CLUSTER, SERVICE, "app"))


def begun(ecs: FakeEcsTasks, command: TaskCommand = MIGRATE) -> str:
    return tasks_of(ecs).begin(REVISION, command, NAME)


def test_a_task_runs_the_command_where_the_tasks_of_the_service_run(ecs: FakeEcsTasks) -> None:
    assert begun(ecs) == arn(f"task/main/{1:032x}")
    assert ecs.requests[NAME] == {
        "cluster": "main",
        "taskDefinition": arn("task-definition/cowsay:8"),
        "count": 1,
        "clientToken": NAME,
        "startedBy": f"gantry/{NAME[:24]}",
        "overrides": {"containerOverrides": [{"name": "app", "command": ["python", "manage.py", "migrate"]}]},
        "networkConfiguration": NETWORK,
        "platformVersion": "1.4.0",
        "launchType": "FARGATE",
    }


def test_a_service_with_a_strategy_gives_its_strategy_and_no_launch_type(ecs: FakeEcsTasks) -> None:
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]
    ecs.service = {"capacityProviderStrategy": strategy, "launchType": "FARGATE"}
    begun(ecs)
    assert ecs.requests[NAME]["capacityProviderStrategy"] == strategy
    assert "launchType" not in ecs.requests[NAME]


def test_a_service_on_instances_says_where_its_tasks_are_placed(ecs: FakeEcsTasks) -> None:
    constraints = [{"type": "memberOf", "expression": "attribute:gpu == yes"}]
    ecs.service = {"placementConstraints": constraints, "placementStrategy": []}
    begun(ecs)
    assert ecs.requests[NAME]["placementConstraints"] == constraints
    assert not {"placementStrategy", "networkConfiguration", "platformVersion", "launchType"} & set(ecs.requests[NAME])


def test_another_container_gets_the_command_where_the_manifest_says_so(ecs: FakeEcsTasks) -> None:
    begun(ecs, TaskCommand(("ls",), "tools"))
    assert ecs.requests[NAME]["overrides"] == {"containerOverrides": [{"name": "tools", "command": ["ls"]}]}


def test_another_try_finds_the_task_whose_answer_was_lost(ecs: FakeEcsTasks) -> None:
    ecs.lose_answer("run_task")
    with pytest.raises(ReadTimeoutError):
        begun(ecs)
    assert begun(ecs) == begun(ecs)
    assert len(ecs.tasks) == 1


def test_a_task_is_found_again_although_the_service_was_changed_in_between(ecs: FakeEcsTasks) -> None:
    first = begun(ecs)
    ecs.service = {"launchType": "EC2"}
    assert begun(ecs) == first
    assert len(ecs.tasks) == 1


def test_a_conflict_that_names_no_task_is_none_of_ours(ecs: FakeEcsTasks) -> None:
    ecs.refuse("run_task", "ConflictException", "no")
    with pytest.raises(Exception, match="no") as raised:
        begun(ecs)
    assert not isinstance(raised.value, CheckUnavailableError)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (TaskCommand(("ls",), "job"), "cowsay:8 has no container job; give one of app, tools, proxy"),
        (TaskCommand(("ls",), "proxy"), "the container proxy of cowsay:8 is not essential, so the task would not end"),
    ],
)
def test_a_container_that_would_not_end_the_task_gets_no_command(
    command: TaskCommand, words: str, ecs: FakeEcsTasks
) -> None:
    with pytest.raises(CheckUnavailableError, match=words):
        begun(ecs, command)
    assert ecs.calls["run_task"] == 0


def test_a_task_definition_that_is_gone_runs_nothing(ecs: FakeEcsTasks) -> None:
    ecs.definitions.clear()
    with pytest.raises(CheckUnavailableError, match="there is no task definition cowsay:8 any more"):
        begun(ecs)


def test_a_service_that_is_gone_is_said_to_be(ecs: FakeEcsTasks) -> None:
    ecs.service = None
    with pytest.raises(TargetNotFoundError, match="there is no such service"):
        begun(ecs)


def test_without_room_a_task_is_tried_again_and_each_reason_is_said_once(ecs: FakeEcsTasks) -> None:
    ecs.failures = [
        {"arn": arn("container-instance/1"), "reason": "RESOURCE:MEMORY"},
        {"arn": arn("container-instance/2"), "reason": "RESOURCE:MEMORY"},
        {"arn": arn("container-instance/3"), "reason": "AGENT", "detail": "disconnected"},
    ]
    with pytest.raises(CheckPendingError, match=r"started no task: RESOURCE:MEMORY; AGENT: disconnected$"):
        begun(ecs)
    ecs.failures = [{"reason": "Capacity is unavailable at this time. Please try again later"}]
    with pytest.raises(CheckPendingError, match="Capacity is unavailable"):
        begun(ecs)
    ecs.failures = []
    assert begun(ecs)


def test_what_no_wait_helps_against_starts_no_task(ecs: FakeEcsTasks) -> None:
    ecs.failures = [{"reason": "MISSING"}, {"reason": "ATTRIBUTE"}]
    with pytest.raises(CheckUnavailableError, match="started no task: MISSING; ATTRIBUTE"):
        begun(ecs)
    ecs.failures = [{}]
    with pytest.raises(CheckUnavailableError, match="it gives no reason"):
        begun(ecs)


@pytest.mark.parametrize("code", ["ClientException", "InvalidParameterException", "PlatformUnknownException"])
def test_what_ecs_never_starts_says_nothing_about_the_revision(code: str, ecs: FakeEcsTasks) -> None:
    ecs.refuse("run_task", code, "Network Configuration must be provided")
    with pytest.raises(CheckUnavailableError, match="ECS starts no task: Network Configuration must be provided"):
        begun(ecs)


@pytest.mark.parametrize(
    ("code", "words"),
    [("ThrottlingException", "later"), ("ServerException", "later"), ("ClientException", "Rate exceeded")],
)
def test_what_passes_by_itself_is_tried_again(code: str, words: str, ecs: FakeEcsTasks) -> None:
    ecs.refuse("run_task", code, words)
    with pytest.raises(ClientError, match=words):
        begun(ecs)
    assert begun(ecs)


def test_a_right_that_is_missing_is_the_accounts_to_give(ecs: FakeEcsTasks) -> None:
    ecs.refuse("run_task", "AccessDeniedException", "not authorized to perform: iam:PassRole")
    with pytest.raises(TargetAccessError, match="TaskRolePatterns"):
        begun(ecs)


@pytest.mark.parametrize("status", ["PROVISIONING", "PENDING", "RUNNING", "STOPPING", "DEPROVISIONING"])
def test_a_task_that_has_not_stopped_goes_on_and_says_how_to_stop_it(status: str, ecs: FakeEcsTasks) -> None:
    task = begun(ecs)
    ecs.tasks[task]["lastStatus"] = status
    report = tasks_of(ecs).look(task, MIGRATE)
    assert (report.status, report.said, report.exit_code) == (TaskStatus.RUNNING, f"the task {task} is {status}", None)
    assert report.to_stop.endswith(f"aws ecs stop-task --region us-east-1 --cluster main --task {task}")


def test_a_task_that_ecs_does_not_know_is_not_shown(ecs: FakeEcsTasks) -> None:
    task = begun(ecs)
    ecs.tasks.clear()
    report = tasks_of(ecs).look(task, MIGRATE)
    assert (report.status, report.said) == (TaskStatus.NOT_SHOWN, f"ECS does not show the task {task}: MISSING")


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_task_that_has_ended_by_itself_has_an_exit_code_and_a_log(code: int, ecs: FakeEcsTasks) -> None:
    task = begun(ecs)
    ecs.end(task, exitCode=code)
    report = tasks_of(ecs).look(task, MIGRATE)
    assert (report.status, report.exit_code, report.to_stop) == (TaskStatus.ENDED, code, "")
    assert report.said == (
        f"the container app of the task {task} has ended with exit code {code}; "
        f"its log is in the log group /ecs/cowsay, stream web/app/{1:032x}"
    )


def test_the_exit_code_is_that_of_the_container_that_got_the_command(ecs: FakeEcsTasks) -> None:
    command = TaskCommand(("ls",), "tools")
    task = begun(ecs, command)
    ecs.end(task, exitCode=143)
    ecs.tasks[task]["containers"][1]["exitCode"] = 0
    report = tasks_of(ecs).look(task, command)
    assert (report.status, report.exit_code) == (TaskStatus.ENDED, 0)


@pytest.mark.parametrize("told", [0, 137, 143, None])
@pytest.mark.parametrize("code", [0, 1])
def test_how_other_essential_containers_end_when_told_to_decides_nothing(
    code: int, told: int | None, ecs: FakeEcsTasks
) -> None:
    task = begun(ecs)
    ecs.end(task, exitCode=code)
    ecs.tasks[task]["containers"][1]["exitCode"] = told
    report = tasks_of(ecs).look(task, MIGRATE)
    assert (report.status, report.exit_code) == (TaskStatus.ENDED, code)


@pytest.mark.parametrize("code", [0, 1, 143])
def test_a_task_that_another_essential_container_may_have_ended_says_nothing(code: int, ecs: FakeEcsTasks) -> None:
    """Such as a proxy whose application never listens, because it got a command. A handler of SIGTERM ends with any."""
    task = begun(ecs)
    ecs.end(task, exitCode=code)
    ecs.tasks[task]["containers"][1]["exitCode"] = 1
    report = tasks_of(ecs).look(task, MIGRATE)
    assert (report.status, report.exit_code) == (TaskStatus.BROKEN_OFF, None)
    assert "may have been ended by another essential container: tools with exit code 1" in report.said


def test_a_container_that_is_not_essential_ends_no_task(ecs: FakeEcsTasks) -> None:
    task = begun(ecs)
    ecs.end(task, exitCode=0)
    ecs.tasks[task]["containers"][2]["exitCode"] = 1
    assert tasks_of(ecs).look(task, MIGRATE).status is TaskStatus.ENDED


@pytest.mark.parametrize("code", [137, 143])
def test_a_container_that_ended_as_if_it_was_told_to_is_no_verdict_beside_another_essential_one(
    code: int, ecs: FakeEcsTasks
) -> None:
    task = begun(ecs)
    ecs.end(task, exitCode=code)
    report = tasks_of(ecs).look(task, MIGRATE)
    assert (report.status, report.exit_code) == (TaskStatus.BROKEN_OFF, None)
    assert "another essential one may have ended first: tools" in report.said
    ecs.definitions[REVISION]["containerDefinitions"][1]["essential"] = False
    report = tasks_of(ecs).look(task, MIGRATE)
    assert (report.status, report.exit_code) == (TaskStatus.ENDED, code)


def test_a_container_that_ran_out_of_memory_has_failed(ecs: FakeEcsTasks) -> None:
    task = begun(ecs)
    ecs.end(task, exitCode=137, reason="OutOfMemoryError: Container killed due to memory usage")
    assert tasks_of(ecs).look(task, MIGRATE).exit_code == 137


def test_of_a_deleted_definition_every_other_container_counts_as_essential(ecs: FakeEcsTasks) -> None:
    task = begun(ecs)
    ecs.end(task, exitCode=0)
    ecs.tasks[task]["containers"][2]["exitCode"] = 1
    ecs.definitions.clear()
    assert tasks_of(ecs).look(task, MIGRATE).status is TaskStatus.BROKEN_OFF


def test_what_ecs_says_of_the_container_is_said(ecs: FakeEcsTasks) -> None:
    task = begun(ecs)
    ecs.end(task, exitCode=137, reason="OutOfMemoryError: Container killed due to memory usage")
    assert "with exit code 137; OutOfMemoryError: Container killed" in tasks_of(ecs).look(task, MIGRATE).said


@pytest.mark.parametrize(
    "reason",
    [
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): not found",
        "ResourceInitializationError: unable to pull secrets or registry auth",
    ],
)
def test_a_task_that_never_starts_is_broken_off_with_ecs_reason_and_has_no_log(reason: str, ecs: FakeEcsTasks) -> None:
    task = begun(ecs)
    ecs.keep_from_starting(task, reason)
    report = tasks_of(ecs).look(task, MIGRATE)
    assert (report.status, report.exit_code) == (TaskStatus.BROKEN_OFF, None)
    assert report.said == f"the task {task} was broken off with no exit code: TaskFailedToStart; {reason}"


@pytest.mark.parametrize("stop_code", ["UserInitiated", "SpotInterruption", "TerminationNotice", None])
@pytest.mark.parametrize("code", [0, 137])
def test_the_exit_code_of_a_task_that_others_have_ended_says_nothing(
    stop_code: str | None, code: int, ecs: FakeEcsTasks
) -> None:
    task = begun(ecs)
    ecs.end(task, stop_code, exitCode=code)
    report = tasks_of(ecs).look(task, MIGRATE)
    assert (report.status, report.exit_code) == (TaskStatus.BROKEN_OFF, None)
    assert f"with exit code {code}: {stop_code or 'no stop code'}" in report.said
    assert "essential one" not in report.said


def test_a_container_that_has_left_no_exit_code_says_nothing(ecs: FakeEcsTasks) -> None:
    task = begun(ecs)
    ecs.end(task)
    assert tasks_of(ecs).look(task, MIGRATE).status is TaskStatus.BROKEN_OFF


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/cowsay"}}, "in the log group /ecs/cowsay"),
        (
            {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "eu-west-1"}},
            "in the log group g in eu-west-1",
        ),
        ({"logDriver": "awsfirelens", "options": {}}, "its log goes to awsfirelens"),
        (None, "its task definition says of no log"),
    ],
)
def test_people_read_where_the_log_is(configuration: Any, words: str, ecs: FakeEcsTasks) -> None:
    task = begun(ecs)
    ecs.end(task, exitCode=1)
    app = ecs.definitions[REVISION]["containerDefinitions"][0]
    app.pop("logConfiguration")
    if configuration:
        app["logConfiguration"] = configuration
    assert tasks_of(ecs).look(task, MIGRATE).said.endswith(words)


def test_a_task_whose_definition_was_deleted_still_has_its_exit_code(ecs: FakeEcsTasks) -> None:
    task = begun(ecs)
    ecs.end(task, exitCode=1)
    ecs.definitions.clear()
    report = tasks_of(ecs).look(task, MIGRATE)
    assert (report.exit_code, report.said.rpartition("; ")[0]) == (1, "")
