"""What only infrastructure sets, as Lambda answers it."""

from typing import Any

import pytest

from gantry.targets.lambda_alias.infrastructure import Infrastructure
from tests.unit.masked import MASKING
from tests.unit.targets.lambda_alias.lambda_responses import described

QUEUE = "arn:aws:sqs:us-east-1:222222222222:dead"
KEY = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"
FILES = "arn:aws:elasticfilesystem:us-east-1:222222222222:access-point/fsap-0a1b2c3d"


@pytest.mark.parametrize(
    ("answer", "settings"),
    [
        (
            {"VpcConfig": {"VpcId": "vpc-1", "SubnetIds": ["subnet-2", "subnet-1"], "SecurityGroupIds": ["sg-1"]}},
            {"subnets": "subnet-1 subnet-2", "security_groups": "sg-1"},
        ),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"], "Ipv6AllowedForDualStack": True}}, {"ipv6": "allowed"}),
        ({"DeadLetterConfig": {"TargetArn": QUEUE}}, {"dead_letter_queue": QUEUE}),
        (
            {"FileSystemConfigs": [{"Arn": FILES, "LocalMountPath": "/mnt/data"}]},
            {"file_systems": f"{FILES}:/mnt/data"},
        ),
        ({"TracingConfig": {"Mode": "Active"}}, {"tracing": "Active"}),
        ({"KMSKeyArn": KEY}, {"kms_key": KEY}),
        (
            {"LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/aws/lambda/cowsay"}},
            {"logging": '{"LogFormat": "JSON"}'},
        ),
        (
            {"SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}},
            {"snap_start": "PublishedVersions"},
        ),
        ({"DurableConfig": {"ExecutionTimeout": 60}}, {"durable": '{"ExecutionTimeout": 60}'}),
        ({"CapacityProviderConfig": {"Name": "p"}}, {"capacity_provider": '{"Name": "p"}'}),
    ],
)
def test_each_setting_is_read_and_shown(answer: dict[str, Any], settings: dict[str, str]) -> None:
    found = Infrastructure.of(described(**answer))
    assert settings.items() <= found.settings.items()
    assert {f"infrastructure.{name}": value for name, value in settings.items()}.items() <= found.masked(
        MASKING
    ).items()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": False}},
        {"TracingConfig": {"Mode": "PassThrough"}, "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"}},
        {
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/cowsay"},
            "Layers": [],
            "DeadLetterConfig": {},
        },
    ],
)
def test_what_is_as_lambda_sets_it_by_default_is_not_set(answer: dict[str, Any]) -> None:
    assert Infrastructure.of(described(**answer)).masked(MASKING) == {"infrastructure": "none"}


def test_a_long_value_is_cut_off_and_still_differs_from_any_other() -> None:
    subnets = [f"subnet-{number:017}" for number in range(16)]
    one, other = (
        Infrastructure.of(described(VpcConfig={"SubnetIds": each})).masked(MASKING)["infrastructure.subnets"]
        for each in (subnets, subnets[:-1])
    )
    assert len(one) < 150
    assert one != other
