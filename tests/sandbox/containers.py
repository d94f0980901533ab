"""What the contract tests of ECS need to be there: images, clusters, task definitions, tasks behind a target group."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.driver.ecs_service import CONTAINER, NETWORK, image_uri, register_task_definition
from sandbox.driver.load_balancer import PORT, LoadBalancer
from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS, PROD, WORKLOAD_ACCOUNTS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, new_name, soon

ACCOUNT = PROD
SAYS = """
import os

def handler(event, context):
    return {"said": os.environ.get("TO_SAY"), "path": event.get("path")}
"""
_PULLS = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def a_repository(aws: StandIn) -> str:
    """The name of a repository whose images the tasks and functions of workload accounts may run."""
    ecr, name = aws.client("ecr", ASSETS), new_name("repository")
    ecr.create_repository(repositoryName=name)
    accounts = [f"arn:aws:iam::{each}:root" for each in WORKLOAD_ACCOUNTS.values()]
    principals: list[Json] = [{"AWS": accounts}, {"Service": "lambda.amazonaws.com"}]
    statements = [{"Effect": "Allow", "Principal": each, "Action": _PULLS} for each in principals]
    ecr.set_repository_policy(repositoryName=name, policyText=json.dumps({"Statement": statements}))
    return name


def an_image(aws: StandIn, files: Mapping[str, str] | str = SAYS, repository: str | None = None) -> str:
    """The URI of an image that has the files, or this app.py."""
    name = repository or a_repository(aws)
    content = {"app.py": files} if isinstance(files, str) else files
    return image_uri(aws, name, Registry(aws.client("ecr", ASSETS)).push(name, None, content))


def a_cluster(aws: StandIn) -> str:
    name = new_name("cluster")
    aws.client("ecs", ACCOUNT).create_cluster(clusterName=name)
    return name


def a_definition(aws: StandIn, image: str, environment: Mapping[str, str] | None = None, **container: Any) -> str:
    """The ARN of a task definition of a new family."""
    return register_task_definition(aws, ACCOUNT, new_name("family"), image, environment, **container)


def put_behind(aws: StandIn, balancer: LoadBalancer, group: str, definition: str) -> str:
    """The name of a new service whose tasks answer for a target group."""
    name, cluster, client = new_name("service"), a_cluster(aws), aws.client("ecs", ACCOUNT)
    client.create_service(
        cluster=cluster,
        serviceName=name,
        taskDefinition=definition,
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=NETWORK,
        loadBalancers=[{"targetGroupArn": group, "containerName": CONTAINER, "containerPort": PORT}],
    )
    elb = aws.client("elbv2", balancer.account)
    soon(lambda: elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"])
    return name


def weigh(balancer: LoadBalancer, **weights: int) -> None:
    """Change the weights of the groups `blue` and `green`."""
    groups = [{"TargetGroupArn": getattr(balancer, name), "Weight": weight} for name, weight in weights.items()]
    balancer.stand_in.client("elbv2", balancer.account).modify_rule(
        RuleArn=balancer.rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
    )


def said(balancer: LoadBalancer, path: str = "/") -> Json:
    """The answer of a load balancer, read."""
    reply = balancer.request(path)
    assert reply.status == 200, reply
    answer: Json = json.loads(reply.body)
    return answer
