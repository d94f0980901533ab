"""What a role has to be allowed to call ECS and to look at load balancers.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.ecs_service import NETWORK, add_ecs_service
from sandbox.driver.load_balancer import LoadBalancer
from sandbox.stand_in.accounts import REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.containers import ACCOUNT, an_image
from tests.sandbox.ecs_calls import CALLS, PASS, PLACE, REFUSES_WHAT_IS_OVER, Call, World, register
from tests.sandbox.given import Json, a_role, allow, new_name, soon
from tests.sandbox.rest_apis import refusal

LOOKS = {
    "DescribeLoadBalancers": ("describe_load_balancers", "LoadBalancerArns", "arn"),
    "DescribeListeners": ("describe_listeners", "LoadBalancerArn", "arn"),
    "DescribeRules": ("describe_rules", "RuleArns", "rule"),
    "DescribeTargetGroups": ("describe_target_groups", "TargetGroupArns", "blue"),
    "DescribeTargetHealth": ("describe_target_health", "TargetGroupArn", "blue"),
}
"""What is called, with which parameter, and what of the load balancer that is about."""


@pytest.fixture(scope="module")
def world(aws: StandIn) -> World:
    service, client = add_ecs_service(aws, ACCOUNT, new_name("service"), an_image(aws)), aws.client("ecs", ACCOUNT)
    arn = service.described["currentServiceDeployment"]

    def ended() -> Json | None:
        found: Json = client.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
        return found if found["status"] == "SUCCESSFUL" else None

    deployment = soon(ended)
    definition = client.describe_task_definition(taskDefinition=service.revision)["taskDefinition"]
    task = client.run_task(cluster=service.cluster, taskDefinition=service.revision, networkConfiguration=NETWORK)
    task_arn = task["tasks"][0]["taskArn"]
    return World(service, arn, deployment["targetServiceRevision"]["arn"], definition, task_arn)


def client_for(aws: StandIn, *statements: Json, service: str = "ecs") -> Any:
    role = a_role(aws, *statements, trusts={"AWS": ACCOUNT}, account=ACCOUNT)
    keys = aws.client("sts", ACCOUNT).assume_role(RoleArn=role, RoleSessionName="gantry")["Credentials"]
    return aws.session_client(service, REGION, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def denied(call: Call, client: Any, world: World) -> str:
    with pytest.raises(ClientError) as caught:
        call(client, world)
    assert refusal(caught.value)[0] == "AccessDeniedException"
    return refusal(caught.value)[1]


@pytest.mark.parametrize("operation", CALLS)
def test_a_call_is_allowed_on_exactly_what_it_is_about(aws: StandIn, world: World, operation: str) -> None:
    rights, call = CALLS[operation]
    client = client_for(aws, *rights(world))

    if operation in REFUSES_WHAT_IS_OVER:
        with pytest.raises(ClientError) as caught:
            call(client, world)
        assert refusal(caught.value)[0] != "AccessDeniedException"
    else:
        call(client, world)


@pytest.mark.parametrize("operation", CALLS)
def test_each_of_its_rights_is_needed(aws: StandIn, world: World, operation: str) -> None:
    rights, call = CALLS[operation]

    for missing in rights(world):
        others = [each for each in rights(world) if each != missing]
        message = denied(call, client_for(aws, *others, allow("s3:*")), world)
        assert f"is not authorized to perform: {missing['Action']} on resource: " in message


@pytest.mark.parametrize("operation", CALLS)
def test_a_call_is_denied_on_what_is_named_otherwise(aws: StandIn, world: World, operation: str) -> None:
    rights, call = CALLS[operation]
    for wrong in rights(world):
        if wrong["Resource"] == "*":
            continue
        arns = wrong["Resource"] if isinstance(wrong["Resource"], list) else [wrong["Resource"]]
        others = [each for each in rights(world) if each != wrong]
        denied(call, client_for(aws, *others, allow(wrong["Action"], [f"{arn}x" for arn in arns])), world)


@pytest.mark.parametrize("operation", ["RegisterTaskDefinition", "RunTask"])
@pytest.mark.parametrize("role", [0, 1])
def test_both_roles_have_to_be_passed(aws: StandIn, world: World, operation: str, role: int) -> None:
    """https://github.com/ministryofjustice/modernisation-platform/pull/8443"""
    rights, call = CALLS[operation]
    own = [each for each in rights(world) if each["Action"] != PASS]

    message = denied(call, client_for(aws, *own, allow(PASS, world.roles[1 - role])), world)

    assert f"is not authorized to perform: {PASS} on resource: {world.roles[role]}" in message


@pytest.mark.parametrize("operation", ["RegisterTaskDefinition", "RunTask"])
def test_roles_are_passed_to_tasks(aws: StandIn, world: World, operation: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html"""
    rights, call = CALLS[operation]
    own = [each for each in rights(world) if each["Action"] != PASS]

    def passing_to(service: str) -> Any:
        condition = {"StringEquals": {"iam:PassedToService": service}}
        return client_for(aws, *own, {**allow(PASS, world.roles), "Condition": condition})

    call(passing_to("ecs-tasks.amazonaws.com"), world)
    assert PASS in denied(call, passing_to("lambda.amazonaws.com"), world)


def test_the_role_of_a_hook_is_passed_to_ecs(aws: StandIn, world: World) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-permissions.html"""
    role, own = a_role(aws, trusts="ecs.amazonaws.com", account=ACCOUNT), allow("ecs:UpdateService", world.arn)
    hook = {"hookTargetArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hook", "roleArn": role}

    def update(client: Any, world: World) -> None:
        hooks = [{**hook, "lifecycleStages": ["POST_SCALE_UP"]}]
        client.update_service(
            cluster=world.service.cluster,
            service=world.service.name,
            deploymentConfiguration={"lifecycleHooks": hooks},
        )

    def passing_to(service: str) -> Any:
        return client_for(
            aws, own, {**allow(PASS, role), "Condition": {"StringEquals": {"iam:PassedToService": service}}}
        )

    assert PASS in denied(update, client_for(aws, own), world)
    assert PASS in denied(update, passing_to("ecs-tasks.amazonaws.com"), world)
    update(passing_to("ecs.amazonaws.com"), world)


@pytest.mark.parametrize("operation", ["DescribeServices", "UpdateService", "RunTask", "DescribeTasks"])
def test_a_policy_can_name_the_cluster(aws: StandIn, world: World, operation: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html"""
    rights, call = CALLS[operation]
    (own, *others) = rights(world)

    def within(cluster: str) -> Any:
        return client_for(aws, {**own, "Condition": {"ArnEquals": {"ecs:cluster": cluster}}}, *others)

    call(within(world.cluster), world)
    denied(call, within(f"{world.cluster}x"), world)


def test_tags_of_a_new_task_definition_are_a_right_of_their_own(aws: StandIn, world: World) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html"""
    family = f"{PLACE}:task-definition/{world.family}:*"
    others = [allow("ecs:RegisterTaskDefinition", family), allow(PASS, world.roles)]

    def tagging(action: str) -> Any:
        condition = {"StringEquals": {"ecs:CreateAction": action}}
        return client_for(aws, *others, {**allow("ecs:TagResource", family), "Condition": condition})

    register(tagging("RegisterTaskDefinition"), world)
    assert "ecs:TagResource" in denied(register, tagging("RunTask"), world)


def test_several_services_have_to_be_allowed_each(aws: StandIn, world: World) -> None:
    def describe(client: Any, world: World) -> None:
        client.describe_services(cluster=world.service.cluster, services=[world.service.name, "other"])

    own = allow("ecs:DescribeServices", world.arn)

    assert denied(describe, client_for(aws, own), world)
    describe(client_for(aws, own, allow("ecs:DescribeServices", world.arn.replace(world.service.name, "other"))), world)


@pytest.mark.parametrize("operation", LOOKS)
def test_a_look_at_load_balancers_is_about_no_resource(aws: StandIn, world: World, operation: str) -> None:
    action = f"elasticloadbalancing:{operation}"
    look(client_for(aws, allow(action), service="elbv2"), world.service.balancer, operation)

    own = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:*"
    with pytest.raises(ClientError) as caught:
        look(client_for(aws, allow(action, own), service="elbv2"), world.service.balancer, operation)

    assert refusal(caught.value)[0] == "AccessDenied"


def look(client: Any, balancer: LoadBalancer | None, operation: str) -> None:
    method, parameter, name = LOOKS[operation]
    arn = getattr(balancer, name)
    getattr(client, method)(**{parameter: [arn] if parameter.endswith("s") else arn})
