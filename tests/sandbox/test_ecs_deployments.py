"""Service deployments of ECS that go forward: stages, pauses, steps.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS, DEV
from sandbox.stand_in.process import StandIn
from tests.sandbox.ecs_services import (
    ACCOUNT,
    BLUE,
    CLUSTER,
    FENCE,
    GREEN,
    LAST,
    STEP,
    a_service,
    an_ecs,
    pause,
    refusal,
    register,
    waiting,
    weight,
)
from tests.sandbox.given import a_function, a_role, allow, function_arn, new_name

MINUTE = timedelta(seconds=1.2)
"""Of ECS: the stand-in's time scale is 0.02."""
LINEAR = {"stepPercent": 40.0, "stepBakeTimeInMinutes": 0}


@pytest.fixture(scope="module")
def ecs(aws: StandIn) -> Any:
    return an_ecs(aws)


def test_a_linear_deployment_pauses_before_each_step_and_each_pause_has_an_id_of_its_own(ecs: Any) -> None:
    service = a_service(ecs)
    service.deploy("LINEAR", [pause(STEP)], linearConfiguration=LINEAR)

    paused = [service.answer() for _ in range(3)]

    assert [weight(each) for each in paused] == [0.0, 40.0, 80.0]
    assert len({waiting(each)[0]["hookId"] for each in paused}) == 3
    assert weight(service.ended()) == 100.0


def test_a_canary_deployment_pauses_before_the_canary_and_before_the_rest(ecs: Any) -> None:
    service = a_service(ecs)
    canary = {"canaryPercent": 0.5, "canaryBakeTimeInMinutes": 0}
    service.deploy("CANARY", [pause(STEP)], canaryConfiguration=canary)

    assert [weight(service.answer()) for _ in range(2)] == [0.0, 0.5]
    assert service.ended()["status"] == "SUCCESSFUL"


def test_a_blue_green_deployment_has_one_step(ecs: Any) -> None:
    service = a_service(ecs)
    service.deploy("BLUE_GREEN", [pause(STEP, LAST)])

    assert [weight(service.answer()) for _ in range(2)] == [0.0, 100.0]
    assert service.ended()["status"] == "SUCCESSFUL"


def test_before_the_first_stage_ends_no_task_is_started(ecs: Any) -> None:
    service = a_service(ecs)
    service.deploy(hooks=[pause(FENCE)])

    found = service.paused()

    assert found["lifecycleStage"] == FENCE
    assert found["targetServiceRevision"]["runningTaskCount"] == 0
    assert found["sourceServiceRevisions"][0]["runningTaskCount"] == 2
    assert found["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"] == 100.0


def test_both_revisions_run_until_the_deployment_has_ended(ecs: Any) -> None:
    service = a_service(ecs)
    service.deploy(hooks=[pause(LAST)])

    paused = service.answer()
    [source] = paused["sourceServiceRevisions"]
    assert (source["runningTaskCount"], source["requestedProductionTrafficWeight"]) == (2, 0.0)
    ended = service.ended()
    assert ended["sourceServiceRevisions"][0]["runningTaskCount"] == 0
    assert ended["targetServiceRevision"]["runningTaskCount"] == 2


def test_a_step_lasts_as_long_as_its_bake_before_the_next_pause(ecs: Any) -> None:
    service = a_service(ecs)
    linear = {"stepPercent": 50.0, "stepBakeTimeInMinutes": 1}
    service.deploy("LINEAR", [pause(STEP, minutes=60)], linearConfiguration=linear)
    service.answer()

    moved = service.when(lambda found: weight(found) == 50.0 and not waiting(found))["updatedAt"]
    [hook] = waiting(service.paused())

    assert hook["expiresAt"] - 60 * MINUTE - moved >= MINUTE


def test_blue_runs_on_while_it_bakes(ecs: Any) -> None:
    service = a_service(ecs)
    service.deploy(bakeTimeInMinutes=1)

    baking = service.when(lambda found: found.get("lifecycleStage") == "BAKE_TIME")

    assert (weight(baking), baking["sourceServiceRevisions"][0]["runningTaskCount"]) == (100.0, 2)
    assert service.ended()["status"] == "SUCCESSFUL"


def test_all_pauses_of_a_stage_have_to_be_answered(ecs: Any) -> None:
    service = a_service(ecs)
    arn = service.deploy(hooks=[pause(FENCE, minutes=30), pause(FENCE, minutes=60)])
    both = [each["hookId"] for each in waiting(service.when(lambda found: len(waiting(found)) == 2))]

    ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=both[0])

    statuses = {each["hookId"]: each["status"] for each in service.deployment()["lifecycleHookDetails"]}
    assert statuses == {both[0]: "SUCCEEDED", both[1]: "AWAITING_ACTION"}
    ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=both[1])
    assert service.ended()["status"] == "SUCCESSFUL"


def test_a_pause_is_answered_once_and_an_answer_to_another_is_refused(ecs: Any) -> None:
    service = a_service(ecs)
    arn = service.deploy("LINEAR", [pause(STEP)], linearConfiguration=LINEAR)
    [old] = waiting(service.answer())
    service.when(lambda found: waiting(found) and weight(found) == 40.0)

    with pytest.raises(ClientError) as caught:
        ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=old["hookId"])

    assert refusal(caught.value)[0] == "InvalidParameterException"
    assert weight(service.deployment()) == 40.0


@pytest.mark.parametrize("call", ["continue_service_deployment", "stop_service_deployment"])
def test_a_deployment_that_is_not_there_takes_no_answer(ecs: Any, call: str) -> None:
    arn = f"arn:aws:ecs:us-east-1:{ACCOUNT}:service-deployment/{CLUSTER}/nothing/x"
    hook = {"hookId": "x"} if call == "continue_service_deployment" else {}

    with pytest.raises(ClientError) as caught:
        getattr(ecs, call)(serviceDeploymentArn=arn, **hook)

    assert refusal(caught.value)[0] == "ServiceDeploymentNotFoundException"


def test_a_rolling_deployment_shows_neither_weights_nor_stages(ecs: Any) -> None:
    """https://github.com/kayac/ecspresso/blob/v2/wait.go"""
    service = a_service(ecs, balanced=False)
    service.deploy("ROLLING")

    ended = service.ended()

    assert ended["status"] == "SUCCESSFUL"
    assert "lifecycleStage" not in ended
    revisions = [ended["targetServiceRevision"], *ended["sourceServiceRevisions"]]
    assert all("requestedProductionTrafficWeight" not in each for each in revisions)
    assert [each["runningTaskCount"] for each in revisions] == [2, 0]


def test_a_rolling_deployment_waits_at_a_pause_before_its_tasks(ecs: Any) -> None:
    """https://aws.amazon.com/about-aws/whats-new/2026/05/amazon-ecs-pause-continue-deployments/"""
    service = a_service(ecs, balanced=False)
    service.deploy("ROLLING", [pause(FENCE)])

    assert service.answer()["targetServiceRevision"]["runningTaskCount"] == 0
    assert service.ended()["status"] == "SUCCESSFUL"


def test_target_groups_swap_with_every_deployment(ecs: Any) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html"""
    service = a_service(ecs)
    groups = [service.target()["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"]]
    for revision in (2, 1):
        service.update(taskDefinition=f"{service.name}:{revision}", deploymentConfiguration={"strategy": "BLUE_GREEN"})
        service.ended()
        groups.append(service.target()["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"])

    assert groups == [BLUE, GREEN, BLUE]


def test_a_revision_says_which_rule_leads_to_it_and_which_task_definition_it_is_of(ecs: Any) -> None:
    service = a_service(ecs)
    found = service.target()

    [balancer] = found["resolvedConfiguration"]["loadBalancers"]
    configured = service.described()["loadBalancers"][0]["advancedConfiguration"]
    assert balancer["productionListenerRule"] == configured["productionListenerRule"]
    assert found["taskDefinition"] == service.described()["taskDefinition"]


def test_a_tag_is_resolved_to_the_digest_that_it_had(ecs: Any, registry: Registry, repository: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html, image resolution"""
    digest = registry.push(repository, "v1", {"app.py": "print('moo')"})
    uri = f"{ASSETS}.dkr.ecr.us-east-1.amazonaws.com/{repository}"
    service = a_service(ecs)
    register(ecs, service.name, containerDefinitions=[{"name": "app", "image": f"{uri}:v1", "essential": True}])

    service.update(taskDefinition=f"{service.name}:3")

    image = {"containerName": "app", "image": f"{uri}:v1", "imageDigest": digest}
    assert service.target()["containerImages"] == [image]


def test_a_service_names_its_newest_deployment_and_the_revisions_that_run(ecs: Any) -> None:
    service = a_service(ecs)
    arn = service.deploy(hooks=[pause(STEP)])
    paused = service.paused()

    found = service.described()

    assert found["currentServiceDeployment"] == arn
    sources = [each["arn"] for each in paused["sourceServiceRevisions"]]
    running = {each["arn"]: each["runningTaskCount"] for each in found["currentServiceRevisions"]}
    assert running == {sources[0]: 2, paused["targetServiceRevision"]["arn"]: 2}
    assert [(each["status"], each["taskDefinition"][-2:]) for each in found["deployments"]] == [
        ("PRIMARY", ":2"),
        ("ACTIVE", ":1"),
    ]
    assert found["taskDefinition"].endswith(":2")


def test_deployments_are_listed_newest_first_by_status_and_by_page(ecs: Any) -> None:
    service = a_service(ecs)
    first = service.deployment()["serviceDeploymentArn"]
    second = service.deploy(hooks=[pause(FENCE)])
    service.paused()

    def arns(**options: Any) -> list[str]:
        return [each["serviceDeploymentArn"] for each in service.listed(**options)]

    assert arns() == [second, first]
    assert arns(status=["IN_PROGRESS"]) == [second]
    assert arns(maxResults=1) == [second]
    assert service.listed()[0]["targetServiceRevisionArn"] == service.deployment()["targetServiceRevision"]["arn"]


def test_what_is_not_there_is_named_and_20_are_described_at_once(ecs: Any) -> None:
    arn = f"arn:aws:ecs:us-east-1:{DEV}:service-deployment/{CLUSTER}/nothing/x"

    answer = ecs.describe_service_deployments(serviceDeploymentArns=[arn])
    with pytest.raises(ClientError) as caught:
        ecs.describe_service_deployments(serviceDeploymentArns=[arn] * 21)

    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]
    assert refusal(caught.value)[0] == "InvalidParameterException"


def test_a_service_s_first_deployment_pauses_too(ecs: Any) -> None:
    name = new_name("service")
    register(ecs, name)
    configuration = {"strategy": "BLUE_GREEN", "lifecycleHooks": [pause(FENCE)]}
    made = ecs.create_service(
        cluster=CLUSTER, serviceName=name, taskDefinition=name, deploymentConfiguration=configuration
    )["service"]

    service = a_service(ecs)
    found = service.paused(made["currentServiceDeployment"])

    assert found["sourceServiceRevisions"] == []


LAMBDA_ANSWERS = "def handler(event, context):\n    return {'hookStatus': '%s'}"


@pytest.mark.parametrize(
    ("said", "status"), [("SUCCEEDED", "SUCCESSFUL"), ("FAILED", "ROLLBACK_SUCCESSFUL"), (None, "ROLLBACK_SUCCESSFUL")]
)
def test_a_function_decides_whether_its_stage_goes_on(aws: StandIn, ecs: Any, said: str | None, status: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html"""
    hook = a_lambda_hook(aws, LAMBDA_ANSWERS % said if said else "def handler(event, context):\n    return {}")
    service = a_service(ecs)

    service.deploy(hooks=[hook])

    assert service.ended()["status"] == status


def a_lambda_hook(aws: StandIn, source: str) -> dict[str, Any]:
    """A hook that invokes a function, as its role may."""
    function = a_function(aws, source, account=ACCOUNT)
    arn = function_arn(function, ACCOUNT)
    role = a_role(aws, allow("lambda:InvokeFunction", arn), trusts="ecs.amazonaws.com", account=ACCOUNT)
    return {"targetType": "AWS_LAMBDA", "hookTargetArn": arn, "roleArn": role, "lifecycleStages": [FENCE]}
