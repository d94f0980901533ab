"""What others change on the targets is found by `gantry drift` and once a day, and its command puts it right."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.driver.command_line import Ran
from sandbox.driver.git_host import DrivenGitHost
from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, PROD
from tests.end_to_end.live_parameter_steps import told_by_parameters
from tests.end_to_end.service import LONG, Json, NewService, Service
from tests.end_to_end.statements import all_statements, removed
from tests.end_to_end.test_command_line import READ, ROLL_BACK, Operator
from tests.end_to_end.test_write_back import release, says, soon
from tests.end_to_end.write_back_steps import write_back_keys


@pytest.fixture(scope="module")
def reader(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, READ)


@pytest.fixture(scope="module")
def on_call(pipeline: Pipeline) -> Operator:
    return Operator(pipeline, READ, ROLL_BACK)


@pytest.fixture
def released(new_service: NewService) -> Service:
    service = new_service()
    service.add()
    service.release()
    told_by_parameters(service)
    return service


def looked(reader: Operator, service: Service) -> tuple[int, Json]:
    """The exit code, and the target in prod."""
    ran = reader("drift", service.name, "--exit-code", "--output", "json")
    assert ran.out, ran.err
    (found,) = ran.json["services"][0]["targets"]
    return ran.code, found


def published(service: Service) -> str:
    """Somebody publishes a version by hand, with more memory and a secret."""
    client = service.pipeline.stand_in.client("lambda", PROD)
    variables = {"Variables": {"API_KEY": "hunter2-hunter2"}}
    client.update_function_configuration(FunctionName=service.name, MemorySize=1024, Environment=variables)
    client.get_waiter("function_updated_v2").wait(FunctionName=service.name, WaiterConfig={"Delay": 1})
    version = str(client.publish_version(FunctionName=service.name)["Version"])
    ready = client.get_waiter("published_version_active")
    ready.wait(FunctionName=service.name, Qualifier=version, WaiterConfig={"Delay": 1})
    return version


def moved(service: Service, version: str, **weights: float) -> None:
    """Somebody moves the alias behind Gantry's back."""
    service.pipeline.stand_in.client("lambda", PROD).update_alias(
        FunctionName=service.name,
        Name="live",
        FunctionVersion=version,
        RoutingConfig={"AdditionalVersionWeights": weights},
    )


def put_right(command: str, on_call: Operator) -> Ran:
    """Run the command of a report, as somebody copies it."""
    program, *arguments = shlex.split(command)
    assert program == "gantry"
    return on_call(*arguments, "--yes", "--wait")


def test_what_others_change_is_found_and_the_command_puts_it_right(
    released: Service, reader: Operator, on_call: Operator
) -> None:
    assert looked(reader, released)[0] == 0
    version = published(released)
    moved(released, version)

    code, found = looked(reader, released)

    assert (code, found["state"]) == (1, "OUT_OF_SYNC")
    differences = {each["what"]: (each["expected"], each["found"]) for each in found["differences"]}
    assert differences["traffic"] == ("1", version)
    assert differences["configuration.memory_mb"][1] == "1024"
    assert "hunter2" not in str(found)
    drawn = reader("drift", released.name)
    assert drawn.code == 0, drawn.err
    assert found["command"] in drawn.out

    ran = put_right(found["command"], on_call)

    assert ran.code == 0, ran.err
    assert released.routing() == {"version": "1", "weights": {}}
    code, found = looked(reader, released)
    assert (code, found["state"], found["differences"]) == (0, "SYNCED", [])


def test_an_alias_that_is_split_is_found_and_made_whole(released: Service, reader: Operator, on_call: Operator) -> None:
    version = published(released)
    moved(released, "1", **{version: 0.05})

    code, found = looked(reader, released)

    assert code == 1
    (traffic,) = found["differences"]
    assert (traffic["expected"], traffic["found"]) == ("1", f"1 with 5 % on {version}")
    assert put_right(found["command"], on_call).code == 0
    assert released.routing() == {"version": "1", "weights": {}}
    assert looked(reader, released)[0] == 0


def test_an_account_that_cannot_be_entered_is_unknown(released: Service, reader: Operator, pipeline: Pipeline) -> None:
    with _refused(pipeline):
        code, found = looked(reader, released)
    assert (code, found["state"], found["command"]) == (3, "UNKNOWN", None)
    assert "AssumeRole" in found["reason"]


@contextmanager
def _refused(pipeline: Pipeline) -> Iterator[None]:
    """The function may enter no account. It keeps its sessions, and has none for a new service's target."""
    (entering,) = [each for each in all_statements() if str(each) == "LookForDriftFunctionRole.EnterTargetAccounts"]
    with removed(entering, pipeline.stand_in):
        yield


def test_a_deployment_in_flight_is_not_compared(new_service: NewService, reader: Operator) -> None:
    service = new_service()
    service.add()
    service.release()
    service.change(service.environment("prod", traffic=LONG))
    _, promotion = service.promote()
    service.canary()

    code, found = looked(reader, service)

    assert (code, found["state"], found["differences"]) == (0, "DEPLOYING", [])
    assert "is on its way there" in found["reason"]
    service.stop(promotion)


def test_people_and_automation_hear_of_it_once(
    released: Service, pipeline: Pipeline, people: Inbox, automation: Inbox, reader: Operator
) -> None:
    def events(what: str) -> list[Any]:
        return automation.all(
            lambda event: (
                event["detail-type"] == f"Promotion Drift {what}" and event["detail"]["service"] == released.name
            )
        )

    moved(released, published(released))
    for _ in range(2):
        assert pipeline.run("CheckDrift", {})["out_of_sync"] >= 1
    told = people.all(lambda message: f"{released.target_id()} is OUT_OF_SYNC" in message["Message"])
    assert len(told) == 1, "once until it changes"
    assert told[0]["Subject"].startswith("Drift: ")
    (found,) = events("Found")
    assert found["detail"]["command"].startswith(f"gantry rollback {released.name} prod ")
    status = reader("status", released.name)
    assert "OUT_OF_SYNC" in status.out

    moved(released, "1")
    pipeline.run("CheckDrift", {})
    (ended,) = events("Ended")
    assert ended["detail"]["target"] == released.target_id()
    assert "OUT_OF_SYNC" not in reader("status", released.name).out


def test_drift_is_restored_by_a_promotion_where_the_manifest_says_so(
    new_service: NewService, pipeline: Pipeline, automation: Inbox, reader: Operator
) -> None:
    service = new_service()
    service.add(service.environment(), drift={"restore": True})
    digest = service.release()
    moved(service, published(service))

    pipeline.run("CheckDrift", {})

    def is_restored(event: Json) -> bool:
        return bool(event["detail-type"] == "Promotion Drift Found" and event["detail"]["service"] == service.name)

    found = automation.one("drift that is restored", is_restored)
    started = found["detail"]["restored_by"]
    assert started, found["detail"]
    pipeline.run("CheckDrift", {})  # it is known, so that nothing is started a second time
    service.succeeds(started)
    code, target = looked(reader, service)
    assert (code, target["state"], target["digest"]) == (0, "SYNCED", digest)
    client = pipeline.stand_in.client("lambda", PROD)
    runs = client.get_function_configuration(FunctionName=service.name, Qualifier=target["version"])
    assert runs["MemorySize"] == 256
    assert target["execution"] in pipeline.deployments_of(started)


def test_a_file_in_git_that_says_something_else_is_shown(
    new_service: NewService, github: DrivenGitHost, pipeline: Pipeline, reader: Operator
) -> None:
    service = new_service()
    service.add(service.environment(), write_back=write_back_keys(service.name))
    tag = release(service)
    soon("the release in Git", says(github, service, tag))
    assert _file_of(service, reader)["state"] == "SYNCED"

    repository = github.repository
    head, path = repository.head("main"), f"prod/{service.name}.auto.tfvars.json"
    changed = repository.tree(head, {path: b'{"app_version": "by hand"}'})
    repository.force("main", repository.commit(changed, [head], "by hand"))
    assert _file_of(service, reader)["state"] == "DEPLOYING", "it has just gone live, and may be on its way"
    _let_it_be_live_for_long(service, pipeline)

    found = _file_of(service, reader)
    assert found["state"] == "OUT_OF_SYNC"
    (difference,) = found["differences"]
    assert (difference["expected"], difference["found"]) == (tag, "by hand")
    assert found["command"].startswith("gantry write-back ")


def _file_of(service: Service, reader: Operator) -> Json:
    ran = reader("drift", service.name, "--output", "json")
    (found,) = [each for each in ran.json["services"][0]["copies"] if each["what"] == "git_file"]
    return dict(found)


def _let_it_be_live_for_long(service: Service, pipeline: Pipeline) -> None:
    pipeline.stand_in.client("dynamodb", ASSETS).update_item(
        TableName=pipeline.outputs["LedgerTableName"],
        Key={"pk": {"S": f"service#{service.name}"}, "sk": {"S": f"live#prod#{service.target_id()}"}},
        UpdateExpression="SET #current.since = :long_ago",
        ExpressionAttributeNames={"#current": "current"},
        ExpressionAttributeValues={":long_ago": {"S": "2020-01-01T00:00:00.000Z"}},
    )
