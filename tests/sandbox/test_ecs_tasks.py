"""Tasks that run once.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.ecs_service import CONTAINER, NETWORK
from sandbox.driver.host import ARCHITECTURE
from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.containers import ACCOUNT, a_cluster, a_definition, a_repository, an_image
from tests.sandbox.given import Json, an_event_queue, new_name, soon
from tests.sandbox.rest_apis import refusal

MIGRATE = """
import os
import sys
import time

import steps

print("ready", sys.argv, os.environ.get("TABLE"), sorted(os.environ))
if "wait" in sys.argv:
    time.sleep(60)
sys.exit(int(sys.argv[1]))
"""
APP = """
def handler(event, context):
    return {}

def migrate(event, context):
    print("migrated", event["command"])

def fail(event, context):
    raise ValueError("no")
"""
FILES = {"app.py": APP, "migrate.py": MIGRATE, "steps.py": ""}


@pytest.fixture(scope="module")
def ecs(aws: StandIn) -> Any:
    return aws.client("ecs", ACCOUNT)


@pytest.fixture(scope="module")
def cluster(aws: StandIn) -> str:
    return a_cluster(aws)


@pytest.fixture(scope="module")
def image(aws: StandIn) -> str:
    return an_image(aws, FILES)


@pytest.fixture(scope="module")
def definition(aws: StandIn, image: str) -> str:
    return a_definition(aws, image, {"TABLE": "orders"})


def run(ecs: Any, cluster: str, definition: str, *command: str, **options: Any) -> Json:
    """RunTask's answer about one task, which runs the command if there is one."""
    override = {"name": CONTAINER, **({"command": list(command)} if command else {})}
    asked = {"networkConfiguration": NETWORK, "overrides": {"containerOverrides": [override]}, **options}
    answer = ecs.run_task(cluster=cluster, taskDefinition=definition, launchType="FARGATE", **asked)
    assert answer["failures"] == []
    task: Json = answer["tasks"][0]
    return task


def described(ecs: Any, task: Json) -> Json:
    found: Json = ecs.describe_tasks(cluster=task["clusterArn"], tasks=[task["taskArn"]])["tasks"][0]
    return found


def in_state(ecs: Any, task: Json, state: str) -> Json:
    def look() -> Json | None:
        found = described(ecs, task)
        return found if found["lastStatus"] == state else None

    return soon(look)


@pytest.mark.parametrize("code", [0, 3])
def test_a_task_ends_with_the_exit_code_of_its_command(ecs: Any, cluster: str, definition: str, code: int) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html"""
    task = run(ecs, cluster, definition, "python", "migrate.py", str(code))
    assert (task["lastStatus"], task["desiredStatus"]) == ("PROVISIONING", "RUNNING")

    ended = in_state(ecs, task, "STOPPED")

    assert ended["containers"][0]["exitCode"] == code
    assert ended["stopCode"] == "EssentialContainerExited"
    assert ended["stoppedReason"] == "Essential container in task exited"
    assert ended["startedAt"] <= ended["stoppedAt"]


def test_a_task_says_which_image_it_ran(ecs: Any, cluster: str, definition: str, image: str) -> None:
    ended = in_state(ecs, run(ecs, cluster, definition, "python", "migrate.py", "0"), "STOPPED")

    assert ended["containers"][0]["imageDigest"] == image.partition("@")[2]
    assert ended["taskDefinitionArn"] == definition


@pytest.mark.parametrize(("function", "code"), [("app.migrate", 0), ("app.fail", 1)])
def test_a_command_can_be_a_function_of_the_image(
    ecs: Any, cluster: str, definition: str, function: str, code: int
) -> None:
    """For speed, not fidelity: so one image serves functions and tasks."""
    ended = in_state(ecs, run(ecs, cluster, definition, function), "STOPPED")

    assert ended["containers"][0]["exitCode"] == code


def test_a_task_sees_its_environment_and_nothing_of_the_machine(
    aws: StandIn, ecs: Any, cluster: str, image: str
) -> None:
    group, logs = new_name("/tasks"), aws.client("logs", ACCOUNT)
    logs.create_log_group(logGroupName=group)
    options = {"awslogs-group": group, "awslogs-region": REGION, "awslogs-stream-prefix": "one-off"}
    log = {"logDriver": "awslogs", "options": options}
    definition = a_definition(aws, image, {"TABLE": "orders"}, logConfiguration=log)
    override: Json = {"name": CONTAINER, "command": ["python", "migrate.py", "0"]}
    override |= {"environment": [{"name": "TABLE", "value": "other"}]}
    task = run(ecs, cluster, definition, overrides={"containerOverrides": [override]})
    in_state(ecs, task, "STOPPED")

    stream = f"one-off/{CONTAINER}/{task['taskArn'].rsplit('/', 1)[-1]}"
    (event,) = logs.get_log_events(logGroupName=group, logStreamName=stream)["events"]

    assert event["message"].startswith("ready ['migrate.py', '0'] other")
    assert "MINISTACK" not in event["message"]
    assert "AWS_SECRET_ACCESS_KEY" not in event["message"]


def test_an_index_stands_for_its_image_for_the_machine(aws: StandIn, ecs: Any, cluster: str) -> None:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/docker-push-multi-architecture-image.html"""
    repository, registry = a_repository(aws), Registry(aws.client("ecr", ASSETS))
    both = {each: {**FILES, "arch.txt": each} for each in ("x86_64", "arm64")}
    uri = registry.uri(repository, registry.push_index(repository, None, both))
    command = ("python", "-c", f"import sys; sys.exit(open('arch.txt').read() != '{ARCHITECTURE}')")

    ended = in_state(ecs, run(ecs, cluster, a_definition(aws, uri), *command), "STOPPED")

    assert ended["containers"][0]["exitCode"] == 0
    assert ended["containers"][0]["imageDigest"] == uri.partition("@")[2]


def test_a_repeated_token_starts_nothing_else(ecs: Any, cluster: str, definition: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html"""
    token, command = new_name("token"), ("python", "migrate.py", "0")

    first = run(ecs, cluster, definition, *command, clientToken=token)
    in_state(ecs, first, "STOPPED")

    assert run(ecs, cluster, definition, *command, clientToken=token)["taskArn"] == first["taskArn"]
    assert run(ecs, cluster, definition, *command)["taskArn"] != first["taskArn"]


def test_a_token_is_for_one_request(ecs: Any, cluster: str, definition: str) -> None:
    token = new_name("token")
    first = run(ecs, cluster, definition, "python", "migrate.py", "0", clientToken=token)

    with pytest.raises(ClientError) as caught:
        run(ecs, cluster, definition, "python", "migrate.py", "1", clientToken=token)

    response: Json = dict(caught.value.response)
    assert refusal(caught.value)[0] == "ConflictException"
    assert response["resourceIds"] == [first["taskArn"]]


def test_a_token_is_for_one_cluster(aws: StandIn, ecs: Any, cluster: str, definition: str) -> None:
    token, command = new_name("token"), ("python", "migrate.py", "0")

    first = run(ecs, cluster, definition, *command, clientToken=token)

    assert run(ecs, a_cluster(aws), definition, *command, clientToken=token)["taskArn"] != first["taskArn"]


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"cluster": "no-such"}, "ClusterNotFoundException", "Cluster not found."),
        ({"taskDefinition": "no-such"}, "ClientException", "TaskDefinition not found."),
        (
            {"networkConfiguration": {}},
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
        (
            {"overrides": {"containerOverrides": [{"name": "other"}]}},
            "InvalidParameterException",
            "Override for container named other is not a container in the TaskDefinition.",
        ),
    ],
)
def test_a_task_needs_what_there_is(  # noqa: PLR0913, PLR0917 -- what pytest passes
    ecs: Any, cluster: str, definition: str, changed: Json, code: str, message: str
) -> None:
    """The words are AWS'.

    https://github.com/fabfuel/ecs-deploy/issues/133
    https://github.com/azavea/django-ecsmanage/issues/21
    """
    request = {"cluster": cluster, "taskDefinition": definition, "networkConfiguration": NETWORK, **changed}

    with pytest.raises(ClientError) as caught:
        ecs.run_task(**request)

    assert refusal(caught.value) == (code, message)


def test_a_deregistered_task_definition_does_not_run(aws: StandIn, ecs: Any, cluster: str, image: str) -> None:
    definition = a_definition(aws, image)
    ecs.deregister_task_definition(taskDefinition=definition)

    with pytest.raises(ClientError) as caught:
        run(ecs, cluster, definition)

    assert refusal(caught.value) == ("ClientException", "TaskDefinition is inactive")


def test_a_task_stops_when_somebody_says_so(ecs: Any, cluster: str, definition: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html"""
    task = run(ecs, cluster, definition, "python", "migrate.py", "0", "wait")
    in_state(ecs, task, "RUNNING")

    stopping = ecs.stop_task(cluster=cluster, task=task["taskArn"], reason="enough")["task"]
    ended = in_state(ecs, task, "STOPPED")

    assert stopping["desiredStatus"] == "STOPPED"
    assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "enough")
    assert ended["containers"][0]["exitCode"] == 143


def test_an_image_that_is_gone_cannot_be_pulled(aws: StandIn, ecs: Any, cluster: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html"""
    repository = a_repository(aws)
    image = an_image(aws, FILES, repository)
    aws.client("ecr", ASSETS).batch_delete_image(
        repositoryName=repository, imageIds=[{"imageDigest": image.partition("@")[2]}]
    )

    ended = in_state(ecs, run(ecs, cluster, a_definition(aws, image)), "STOPPED")

    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"].startswith("CannotPullContainerError: ")
    assert image in ended["stoppedReason"]
    assert "exitCode" not in ended["containers"][0]


def test_an_image_that_the_role_may_not_read_cannot_be_pulled(aws: StandIn, ecs: Any, cluster: str, image: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html"""
    definition = a_definition(aws, image)
    family = definition.rsplit("/", 1)[-1].partition(":")[0]
    aws.client("iam", ACCOUNT).delete_role_policy(RoleName=f"{family}-execution", PolicyName="main")

    ended = in_state(ecs, run(ecs, cluster, definition), "STOPPED")

    assert ended["stoppedReason"].startswith("CannotPullContainerError: ")
    assert "403 Forbidden" in ended["stoppedReason"]


def test_an_image_of_a_repository_that_lets_nobody_in_cannot_be_pulled(aws: StandIn, ecs: Any, cluster: str) -> None:
    repository = a_repository(aws)
    image = an_image(aws, FILES, repository)
    aws.client("ecr", ASSETS).delete_repository_policy(repositoryName=repository)

    ended = in_state(ecs, run(ecs, cluster, a_definition(aws, image)), "STOPPED")

    assert "403 Forbidden" in ended["stoppedReason"]


def test_a_secret_that_is_missing_keeps_a_task_from_starting(aws: StandIn, ecs: Any, cluster: str, image: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html"""
    secrets = [{"name": "DB", "valueFrom": "/no/such/parameter"}]

    ended = in_state(ecs, run(ecs, cluster, a_definition(aws, image, secrets=secrets)), "STOPPED")

    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"].startswith("ResourceInitializationError: unable to pull secrets or registry auth")


def test_a_secret_that_the_role_may_not_read_keeps_a_task_from_starting(
    aws: StandIn, ecs: Any, cluster: str, image: str
) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html"""
    secret = aws.client("secretsmanager", ACCOUNT).create_secret(Name=new_name("secret"), SecretString="x")["ARN"]
    definition = a_definition(aws, image, secrets=[{"name": "DB", "valueFrom": secret}])
    name = f"{definition.rsplit('/', 1)[-1].partition(':')[0]}-execution"
    denied = {"Effect": "Deny", "Action": "secretsmanager:*", "Resource": secret}
    aws.client("iam", ACCOUNT).put_role_policy(
        RoleName=name, PolicyName="deny", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    )

    ended = in_state(ecs, run(ecs, cluster, definition), "STOPPED")

    assert "not authorized to perform: secretsmanager:GetSecretValue" in ended["stoppedReason"]


def test_a_command_that_the_image_does_not_have_cannot_start(ecs: Any, cluster: str, definition: str) -> None:
    ended = in_state(ecs, run(ecs, cluster, definition, "alembic", "upgrade"), "STOPPED")

    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"].startswith("CannotStartContainerError: ")
    assert "alembic" in ended["stoppedReason"]


def test_a_tasks_states_are_events(aws: StandIn, ecs: Any, cluster: str, definition: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html"""
    events, name = aws.client("events", ACCOUNT), new_name("rule")
    queue = an_event_queue(aws, name, ACCOUNT)
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"], "detail": {"lastStatus": ["STOPPED"]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])

    task = run(ecs, cluster, definition, "python", "migrate.py", "4")

    def look() -> Json | None:
        received = aws.client("sqs", ACCOUNT).receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        found = [json.loads(each["Body"]) for each in received.get("Messages", [])]
        return next((each for each in found if each["detail"]["taskArn"] == task["taskArn"]), None)

    event = soon(look)
    assert event["resources"] == [task["taskArn"]]
    assert event["detail"]["containers"][0]["exitCode"] == 4
