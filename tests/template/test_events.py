"""What starts promotions and repairs and ends bakes: which events get through, and where the others go."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gantry.promotion.judge.looks import MINUTE
from tests.template.parsed import (
    PIPELINE,
    TARGET,
    actions,
    as_list,
    function_statements,
    functions,
    if_there,
    resources,
    template,
)

PUSH: dict[str, Any] = {
    "source": "aws.ecr",
    "detail-type": "ECR Image Action",
    "account": "111111111111",
    "region": "us-east-1",
    "detail": {
        "result": "SUCCESS",
        "repository-name": "cowsay",
        "image-digest": "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd12340000",
        "action-type": "PUSH",
        "image-tag": "4f0c2d1",
    },
}
"""https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html"""

OBJECT: dict[str, Any] = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "account": "111111111111",
    "region": "us-east-1",
    "detail": {
        "version": "0",
        "bucket": {"name": "acme-artifacts"},
        "object": {"key": "cowsay/app.zip", "size": 5, "etag": "b1946ac92492d234", "version-id": "IYV3p45BT0ac8hjHg1"},
        "reason": "PutObject",
    },
}
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""

ALARM: dict[str, Any] = {
    "source": "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    "account": "444444444444",
    "region": "us-east-1",
    "detail": {"alarmName": "cowsay-errors", "state": {"value": "ALARM"}, "previousState": {"value": "OK"}},
}
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""

PAUSED: dict[str, Any] = {
    "source": "aws.ecs",
    "detail-type": "ECS Hook State Change",
    "account": "444444444444",
    "region": "us-east-1",
    "detail": {"eventName": "HOOK_AWAITING_ACTION", "hookType": "PAUSE"},
}
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_hook_state_change_events.html"""

DEPLOYED: dict[str, Any] = {
    **PAUSED,
    "detail-type": "ECS Deployment State Change",
    "detail": {"eventName": "SERVICE_DEPLOYMENT_COMPLETED"},
}
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html"""

ENDED: dict[str, Any] = {
    "source": "aws.states",
    "detail-type": "Step Functions Execution Status Change",
    "account": "111111111111",
    "region": "us-east-1",
    "detail": {"status": "FAILED", "stateMachineArn": {"Ref": "DeploymentMachine"}},
}
"""https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""

every_alarm_rule = pytest.mark.parametrize("path", [PIPELINE, TARGET], ids=["pipeline", "target"])
every_rule_for_events = pytest.mark.parametrize(
    ("path", "name"),
    [
        (path, name)
        for path in (PIPELINE, TARGET)
        for name, rule in resources("AWS::Events::Rule", path).items()
        if "EventPattern" in rule
    ],
)


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """As EventBridge decides, with what our patterns use: values, of a list any one, `exists`, and a forbidden prefix.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    return all(
        matches(wanted, event.get(field, {})) if isinstance(wanted, Mapping) else _any(wanted, event, field)
        for field, wanted in pattern.items()
    )


def _any(wanted: list[Any], event: Mapping[str, Any], field: str) -> bool:
    found = as_list(event[field]) if field in event else []
    return any(each == {"exists": bool(found)} or each in found or _has_another_prefix(each, found) for each in wanted)


def _has_another_prefix(wanted: Any, found: list[Any]) -> bool:
    match wanted:
        case {"anything-but": {"prefix": prefix}}:
            return any(not each.startswith(prefix) for each in found)
    return False


def pattern(path: Path, name: str) -> Mapping[str, Any]:
    """What a rule matches, in the account and the region of the examples."""
    found: Mapping[str, Any] = resources("AWS::Events::Rule", path)[name]["EventPattern"]
    here = {"account": ["111111111111"], "region": ["us-east-1"]}
    buckets = {"bucket": {"name": ["acme-artifacts", "acme-sites"]}} if name == "ObjectCreated" else {}
    return {key: here.get(key, value | buckets if key == "detail" else value) for key, value in found.items()}


def without(event: Mapping[str, Any], field: str) -> dict[str, Any]:
    return {**event, "detail": {key: value for key, value in event["detail"].items() if key != field}}


def test_a_tagged_push_starts_a_promotion() -> None:
    assert matches(pattern(PIPELINE, "ImagePushed"), PUSH)


@pytest.mark.parametrize(
    "event",
    [
        without(PUSH, "image-tag"),
        {**PUSH, "detail": {**PUSH["detail"], "action-type": "DELETE"}},
        {**PUSH, "detail": {**PUSH["detail"], "result": "FAILURE"}},
        {**PUSH, "detail-type": "ECR Image Scan"},
        {**PUSH, "source": "promotion.pipeline"},
        {**PUSH, "account": "999999999999"},
        {**PUSH, "region": "eu-west-1"},
    ],
    ids=["untagged", "deletion", "failure", "scan", "our own", "another account", "another region"],
)
def test_nothing_else_starts_one(event: Mapping[str, Any]) -> None:
    assert not matches(pattern(PIPELINE, "ImagePushed"), event)


def changed_object(**changed: Any) -> dict[str, Any]:
    return {**OBJECT, "detail": {**OBJECT["detail"], **changed}}


@pytest.mark.parametrize("reason", ["PutObject", "CompleteMultipartUpload", "CopyObject"])
def test_an_object_in_an_artifact_bucket_starts_a_promotion_however_it_came_there(reason: str) -> None:
    assert matches(pattern(PIPELINE, "ObjectCreated"), changed_object(reason=reason))


@pytest.mark.parametrize(
    "event",
    [
        changed_object(bucket={"name": "acme-logs"}),
        changed_object(object={"key": ".gantry/versions/IYV3p45BT0ac8hjHg1/cowsay/app.zip"}),
        {**OBJECT, "detail-type": "Object Deleted"},
        {**OBJECT, "detail-type": "Object Restore Completed"},
        {**OBJECT, "source": "acme.s3"},
        {**OBJECT, "account": "999999999999"},
        {**OBJECT, "region": "eu-west-1"},
    ],
    ids=["another bucket", "our own copy", "deletion", "restored", "faked", "another account", "another region"],
)
def test_no_other_object_does(event: Mapping[str, Any]) -> None:
    assert not matches(pattern(PIPELINE, "ObjectCreated"), event)


def test_the_buckets_are_those_that_the_parameter_names_and_without_any_there_is_no_rule() -> None:
    found = resources("AWS::Events::Rule")["ObjectCreated"]["EventPattern"]["detail"]["bucket"]
    assert found == {"name": {"Ref": "ArtifactBuckets"}}
    conditions = {name: each["Condition"] for name, each in template()["Resources"].items() if "Condition" in each}
    assert {conditions[name] for name in ("ObjectCreated", "ObjectCreatedPermission")} == {"HasArtifactBuckets"}
    named = {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "ArtifactBuckets"}]}, ""]}]}
    assert template()["Conditions"]["HasArtifactBuckets"] == named


@every_alarm_rule
def test_an_alarm_that_goes_off_gets_through(path: Path) -> None:
    assert matches(pattern(path, "AlarmRaised"), ALARM)


@pytest.mark.parametrize(
    "name",
    [
        "TargetTracking-service/default/web-app-AlarmLow-1b437334-d19b-4a63-a812-6c67aaf2910d",
        "TargetTracking-my-asg-AlarmHigh-fc0e4183-23ac-497e-9992-691c9980c38e",
    ],
)
def test_an_alarm_that_only_scales_something_is_not_forwarded(name: str) -> None:
    """https://docs.aws.amazon.com/cli/latest/reference/autoscaling/put-scaling-policy.html has the second name."""
    assert not matches(pattern(TARGET, "AlarmRaised"), {**ALARM, "detail": ALARM["detail"] | {"alarmName": name}})


@every_alarm_rule
@pytest.mark.parametrize("value", ["OK", "INSUFFICIENT_DATA"])
def test_a_recovery_stays_where_it_is(path: Path, value: str) -> None:
    assert not matches(pattern(path, "AlarmRaised"), {**ALARM, "detail": ALARM["detail"] | {"state": {"value": value}}})


@every_alarm_rule
@pytest.mark.parametrize(
    ("event", "names"),
    [
        (PAUSED, ("HOOK_AWAITING_ACTION", "HOOK_FAILED", "HOOK_TIMED_OUT")),
        (DEPLOYED, ("SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED")),
    ],
    ids=["pause", "deployment"],
)
def test_a_service_that_has_something_to_look_at_gets_through(
    path: Path, event: Mapping[str, Any], names: tuple[str, ...]
) -> None:
    for name in names:
        assert matches(pattern(path, "ServiceDeploymentChanged"), {**event, "detail": {"eventName": name}}), name


@every_alarm_rule
@pytest.mark.parametrize(
    "event",
    [
        {**PAUSED, "detail": {"eventName": "HOOK_SUCCEEDED"}},
        {**DEPLOYED, "detail": {"eventName": "SERVICE_DEPLOYMENT_IN_PROGRESS"}},
        {**PAUSED, "detail-type": "ECS Task State Change"},
        {**PAUSED, "source": "acme.ecs"},
    ],
    ids=["our own answer", "what we began", "tasks", "faked"],
)
def test_what_would_end_a_wait_too_early_stays_where_it_is(path: Path, event: Mapping[str, Any]) -> None:
    assert not matches(pattern(path, "ServiceDeploymentChanged"), event)


@pytest.mark.parametrize("machine", ["DeploymentMachine", "RollbackMachine"])
@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_whatever_may_leave_a_lease_behind_is_looked_at(machine: str, status: str) -> None:
    ended = {**ENDED, "detail": {"status": status, "stateMachineArn": {"Ref": machine}}}
    assert matches(pattern(PIPELINE, "ExecutionEndedBadly"), ended)


@pytest.mark.parametrize(
    ("machine", "status"),
    [("DeploymentMachine", "RUNNING"), ("DeploymentMachine", "SUCCEEDED"), ("PromotionMachine", "FAILED")],
)
def test_what_goes_well_or_holds_no_lease_is_not(machine: str, status: str) -> None:
    ended = {**ENDED, "detail": {"status": status, "stateMachineArn": {"Ref": machine}}}
    assert not matches(pattern(PIPELINE, "ExecutionEndedBadly"), ended)


@pytest.mark.parametrize(
    ("machine", "status", "is_looked_at"),
    [
        *(("PromotionMachine", status, True) for status in ("FAILED", "TIMED_OUT", "ABORTED")),
        *(("PromotionMachine", status, False) for status in ("RUNNING", "SUCCEEDED")),
        ("DeploymentMachine", "FAILED", False),
    ],
)
def test_whatever_ends_a_promotion_badly_is_looked_at(machine: str, status: str, *, is_looked_at: bool) -> None:
    ended = {**ENDED, "detail": {"status": status, "stateMachineArn": {"Ref": machine}}}
    assert matches(pattern(PIPELINE, "PromotionEndedBadly"), ended) == is_looked_at


def test_a_scheduled_run_that_is_missed_is_made_up_for_by_the_next_so_that_no_queue_keeps_it() -> None:
    rules = [rule for path in (PIPELINE, TARGET) for rule in resources("AWS::Events::Rule", path).values()]
    scheduled: dict[str, list[Any]] = defaultdict(list)
    for rule in rules:
        if "ScheduleExpression" in rule:
            scheduled[rule["ScheduleExpression"]] += rule["Targets"]
    seconds = {"rate(10 minutes)": 600, "rate(1 day)": 86_400}
    assert {rate: [each["Id"] for each in targets] for rate, targets in scheduled.items()} == {
        "rate(10 minutes)": ["RepairTarget", "ClosePromotion"],
        "rate(1 day)": ["CheckDrift", "RehearseRollbacks"],
    }
    for rate, targets in scheduled.items():
        for target in targets:
            assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] < seconds[rate]
            assert "DeadLetterConfig" not in target


@every_rule_for_events
def test_an_undelivered_event_is_kept(path: Path, name: str) -> None:
    if (path, name) == (TARGET, "ServiceDeploymentChanged"):
        return  # the test below
    for target in resources("AWS::Events::Rule", path)[name]["Targets"]:
        assert set(target["RetryPolicy"]) == {"MaximumEventAgeInSeconds", "MaximumRetryAttempts"}
        queue = target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
        assert resources("AWS::SQS::Queue", path)[queue]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_what_an_account_forwards_of_services_is_not_kept_and_not_forwarded_where_no_service_is_a_target() -> None:
    """A service is looked at each minute anyway, and the queue is for alarms that reached nobody."""
    own = template(TARGET)["Resources"]["ServiceDeploymentChanged"]
    assert own["Condition"] == "HasEcsServices"
    named = {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "EcsServicePatterns"}]}, ""]}]}
    assert template(TARGET)["Conditions"]["HasEcsServices"] == named
    (target,) = own["Properties"]["Targets"]
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= MINUTE
    assert "DeadLetterConfig" not in target


@every_rule_for_events
def test_only_rules_of_the_stack_fill_its_queue(path: Path, name: str) -> None:
    if "DeadLetterConfig" not in str(resources("AWS::Events::Rule", path)[name]):
        return
    (target, *_) = resources("AWS::Events::Rule", path)[name]["Targets"]
    queue = {"Ref": target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]}
    (policy,) = [each for each in resources("AWS::SQS::QueuePolicy", path).values() if each["Queues"] == [queue]]
    (statement,) = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    allowed = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    sources = [each["Fn::If"][1] if "Fn::If" in each else each for each in as_list(allowed)]
    assert {"Fn::GetAtt": [name, "Arn"]} in sources
    assert statement["Action"] == "sqs:SendMessage"


def test_a_push_that_starts_nothing_is_kept_too() -> None:
    """EventBridge hands it over and does not wait, so what the function cannot do is no failed delivery."""
    kept = {name: own["DeadLetterQueue"] for name, own in functions().items() if "DeadLetterQueue" in own}
    assert kept == {"StartPromotion": {"Type": "SQS", "TargetArn": {"Fn::GetAtt": ["UndeliveredEvents", "Arn"]}}}
    for rule in ("ImagePushed", "ObjectCreated"):
        (target,) = resources("AWS::Events::Rule")[rule]["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": ["StartPromotionFunction", "Arn"]}


def test_nothing_but_its_three_functions_starts_promotions() -> None:
    """What else started one would have no record, or could make one up."""
    starting = {name for name in functions() if "states:StartExecution" in actions(function_statements(name))}
    assert starting == {"StartPromotion", "StartPromotionByCall", "CheckDrift"}
    for rule in ("ImagePushed", "ObjectCreated"):
        assert "PromotionMachine" not in str(resources("AWS::Events::Rule")[rule])


def test_only_events_of_aws_in_the_named_accounts_get_onto_the_bus() -> None:
    (policy,) = resources("AWS::Events::EventBusPolicy").values()
    assert policy["Statement"]["Principal"] == {"AWS": {"Ref": "TargetAccounts"}}
    assert policy["Statement"]["Action"] == "events:PutEvents"
    those = (ALARM, DEPLOYED, PAUSED)
    assert policy["Statement"]["Condition"] == {
        "StringEquals": {
            "events:source": [ALARM["source"], PAUSED["source"]],
            "events:detail-type": [each["detail-type"] for each in those],
        }
    }


def test_each_rule_of_a_workload_account_may_use_the_role_that_forwards() -> None:
    (trust,) = resources("AWS::IAM::Role", TARGET)["AlarmRaisedRole"]["AssumeRolePolicyDocument"]["Statement"]
    sources = [each["Fn::Sub"].rpartition("rule/")[2] for each in trust["Condition"]["ArnEquals"]["aws:SourceArn"]]
    rules = resources("AWS::Events::Rule", TARGET).values()
    assert sources == [each["Name"]["Fn::Sub"] for each in rules]
    assert all(each["Targets"][0]["RoleArn"] == {"Fn::GetAtt": ["AlarmRaisedRole", "Arn"]} for each in rules)


def test_a_target_stack_with_the_longest_name_that_it_ever_could_have_can_be_updated() -> None:
    """A rule's name has 64 characters, and the first rule's took 13 of them from the stack's."""
    rules = resources("AWS::Events::Rule", TARGET).values()
    added = [each["Name"]["Fn::Sub"].removeprefix("${AWS::StackName}") for each in rules]
    assert all(len(each) <= len("-alarm-raised") for each in added)


def test_a_workload_account_can_only_forward_to_the_one_bus() -> None:
    (statement,) = resources("AWS::IAM::Role", TARGET)["AlarmRaisedRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "events:PutEvents"
    assert statement["Resource"] == {"Ref": "AlarmBusArn"}


def test_people_hear_of_what_was_not_delivered_and_of_alarms_that_were_not_heeded() -> None:
    alarms = resources("AWS::CloudWatch::Alarm")
    assert all(alarm["AlarmActions"] == [{"Ref": "Notifications"}] for alarm in alarms.values())
    assert {alarm["MetricName"] for alarm in alarms.values()} == {"ApproximateNumberOfMessagesVisible", "Errors"}
    (policy,) = resources("AWS::SNS::TopicPolicy").values()
    publish = policy["PolicyDocument"]["Statement"][0]
    allowed = [if_there(each) for each in publish["Condition"]["ArnEquals"]["aws:SourceArn"]]
    assert allowed == [{"Fn::GetAtt": [name, "Arn"]} for name in alarms]
