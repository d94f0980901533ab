"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html"""

import json

import pytest

from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import new_name


@pytest.mark.parametrize(
    ("account", "region", "made"), [(ASSETS, REGION, {"Here"}), (DEV, REGION, set()), (ASSETS, "eu-west-1", set())]
)
def test_a_condition_knows_its_account_and_region(account: str, region: str, made: set[str], aws: StandIn) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
    template = {
        "Conditions": {
            "IsHere": {
                "Fn::And": [
                    {"Fn::Equals": [{"Ref": "AWS::AccountId"}, ASSETS]},
                    {"Fn::Equals": [{"Ref": "AWS::Region"}, REGION]},
                ]
            }
        },
        "Resources": {"Here": {**topic, "Condition": "IsHere"}, "Always": topic},
    }
    stack, client = new_name("stack"), aws.client("cloudformation", account, region)
    client.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    found = client.describe_stack_resources(StackName=stack)["StackResources"]
    assert {each["LogicalResourceId"] for each in found} == made | {"Always"}
