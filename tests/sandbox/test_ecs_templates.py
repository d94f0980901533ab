"""ECS services and load balancers that templates describe.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ECS.html
"""

import json
from typing import Any

import pytest

from sandbox.driver.host import ARCHITECTURE
from sandbox.stand_in.process import StandIn
from tests.sandbox.containers import ACCOUNT, SAYS, a_cluster, an_image
from tests.sandbox.given import Json, new_name, soon

PLATFORM = ARCHITECTURE.upper()


def ref(name: str) -> Json:
    return {"Ref": name}


def full_name(name: str, attribute: str) -> Json:
    return {"Value": {"Fn::GetAtt": [name, attribute]}}


def resource(kind: str, **properties: Any) -> Json:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def template(name: str, cluster: str, image: str) -> str:
    """A service behind the second of two weighted target groups."""
    elb, group = "ElasticLoadBalancingV2", {"VpcId": "vpc-1", "TargetType": "ip", "Protocol": "HTTP", "Port": 8080}
    tuples = [{"TargetGroupArn": ref("Blue"), "Weight": 0}, {"TargetGroupArn": ref("Green"), "Weight": 100}]
    refusal = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    port = {"ContainerPort": ref("Port")}
    resources = {
        "Balancer": resource(f"{elb}::LoadBalancer", Name=name, Subnets=["subnet-1", "subnet-2"]),
        "Blue": resource(f"{elb}::TargetGroup", Name=f"{name}-blue", **group),
        "Green": resource(f"{elb}::TargetGroup", Name=f"{name}-green", **group),
        "Listener": resource(
            f"{elb}::Listener", LoadBalancerArn=ref("Balancer"), Port=80, Protocol="HTTP", DefaultActions=[refusal]
        ),
        "Rule": resource(
            f"{elb}::ListenerRule",
            ListenerArn=ref("Listener"),
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": tuples}}],
        ),
        "Definition": resource(
            "ECS::TaskDefinition",
            Family=name,
            NetworkMode="awsvpc",
            RequiresCompatibilities=["FARGATE"],
            Cpu="256",
            Memory="512",
            RuntimePlatform={"CpuArchitecture": PLATFORM, "OperatingSystemFamily": "LINUX"},
            ContainerDefinitions=[{"Name": "app", "Image": image, "PortMappings": [port]}],
        ),
        "Service": resource(
            "ECS::Service",
            ServiceName=name,
            Cluster=cluster,
            TaskDefinition=ref("Definition"),
            DesiredCount=1,
            LoadBalancers=[{"ContainerName": "app", "TargetGroupArn": ref("Green"), **port}],
            NetworkConfiguration={"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}},
        ),
    }
    outputs = {
        "Group": full_name("Green", "TargetGroupFullName"),
        "Balancer": full_name("Balancer", "LoadBalancerFullName"),
        "Rule": {"Value": ref("Rule")},
    }
    parameters = {"Port": {"Type": "Number", "Default": 8080}}
    return json.dumps({"Parameters": parameters, "Resources": resources, "Outputs": outputs})


@pytest.fixture(scope="module")
def stack(aws: StandIn) -> dict[str, str]:
    """A stack's outputs, with the names of its service and its cluster."""
    name, cluster, client = new_name("stack"), a_cluster(aws), aws.client("cloudformation", ACCOUNT)
    client.create_stack(StackName=name, TemplateBody=template(name, cluster, an_image(aws, SAYS)))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    outputs = client.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    return {"Name": name, "Cluster": cluster, **{each["OutputKey"]: each["OutputValue"] for each in outputs}}


def test_a_rule_has_the_weights_of_its_template(aws: StandIn, stack: dict[str, str]) -> None:
    (rule,) = aws.client("elbv2", ACCOUNT).describe_rules(RuleArns=[stack["Rule"]])["Rules"]

    assert [each["Weight"] for each in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]] == [0, 100]


def test_full_names_are_those_of_the_metrics(aws: StandIn, stack: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html"""
    elb = aws.client("elbv2", ACCOUNT)
    group = elb.describe_target_groups(Names=[f"{stack['Name']}-green"])["TargetGroups"][0]["TargetGroupArn"]
    balancer = elb.describe_load_balancers(Names=[stack["Name"]])["LoadBalancers"][0]["LoadBalancerArn"]

    assert stack["Group"] == group.rsplit(":", 1)[1]
    assert stack["Balancer"] == balancer.split(":loadbalancer/")[1]


def test_what_a_template_made_can_be_registered_again(aws: StandIn, stack: dict[str, str]) -> None:
    ecs = aws.client("ecs", ACCOUNT)
    live = ecs.describe_task_definition(taskDefinition=stack["Name"])["taskDefinition"]
    same = ("family", "containerDefinitions", "runtimePlatform", "cpu", "memory")

    again = ecs.register_task_definition(**{name: live[name] for name in same})["taskDefinition"]

    assert live["runtimePlatform"] == {"cpuArchitecture": PLATFORM, "operatingSystemFamily": "LINUX"}
    assert live["cpu"] == "256"
    assert again["containerDefinitions"][0]["portMappings"][0]["containerPort"] == 8080


def test_a_service_of_a_template_runs(aws: StandIn, stack: dict[str, str]) -> None:
    ecs = aws.client("ecs", ACCOUNT)

    def running() -> Json | None:
        found: Json = ecs.describe_services(cluster=stack["Cluster"], services=[stack["Name"]])["services"][0]
        return found if found["runningCount"] else None

    assert soon(running)["loadBalancers"][0]["containerPort"] == 8080
