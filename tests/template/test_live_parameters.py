"""The parameters that say what is live: apart from the machines, one message at a time, and limited to their names."""

from tests.template.parsed import PIPELINE, TARGET, functions, if_there, resources, template
from tests.template.test_events import matches, pattern

OF_PARAMETERS = {
    "LiveReleaseChanged",
    "LiveParameterQueue",
    "UnwrittenParameters",
    "LiveParameterQueuePolicy",
    "UnwrittenParametersPolicy",
    "LiveParameterMessages",
    "WriteLiveParametersFunction",
    "WriteLiveParametersFailed",
}
QUEUES = resources("AWS::SQS::Queue")
OTHER_WAYS_TO_END = {"Promotion Deployment Superseded", "Promotion Deployment Started", "Promotion Completed"}


def test_nothing_of_it_is_there_where_it_is_turned_off() -> None:
    conditional = {
        name for name, each in template()["Resources"].items() if each.get("Condition") == "WritesLiveParameters"
    }
    assert conditional == OF_PARAMETERS
    parameter = template()["Parameters"]["LiveParameters"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("true", ["true", "false"])
    for name in ("CheckDrift", "LookForDrift"):
        assert functions()[name]["Environment"]["Variables"]["LIVE_PARAMETERS"] == {"Ref": "LiveParameters"}


def event(detail_type: str) -> dict[str, object]:
    return {"source": "promotion.pipeline", "account": "111111111111", "detail-type": detail_type, "detail": {}}


def test_every_end_that_may_have_changed_what_is_live_is_taken() -> None:
    taken = pattern(PIPELINE, "LiveReleaseChanged")
    assert all(matches(taken, event(f"Promotion Deployment {end}")) for end in ("Completed", "Rolled Back", "Failed"))
    assert not any(matches(taken, event(each)) for each in OTHER_WAYS_TO_END)
    assert not matches(taken, event("Promotion Deployment Completed") | {"source": "somebody"})


def test_messages_about_a_service_stay_in_order_and_a_bad_one_ends_in_a_queue_of_its_own() -> None:
    (target,) = resources("AWS::Events::Rule")["LiveReleaseChanged"]["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["LiveParameterQueue", "Arn"]}
    assert target["SqsParameters"] == {"MessageGroupId": "$.detail.service"}
    queue = QUEUES["LiveParameterQueue"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["UnwrittenParameters", "Arn"]}
    assert (queue["FifoQueue"], QUEUES["UnwrittenParameters"]["FifoQueue"]) == (True, True)
    mapping = resources("AWS::Lambda::EventSourceMapping")["LiveParameterMessages"]
    assert (mapping["EventSourceArn"], mapping["BatchSize"]) == ({"Fn::GetAtt": ["LiveParameterQueue", "Arn"]}, 1)


def test_a_message_comes_back_after_the_function() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    queue, seconds = QUEUES["LiveParameterQueue"], functions()["WriteLiveParameters"]["Timeout"]
    assert queue["VisibilityTimeout"] >= 6 * seconds
    assert queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"] > 3600


def test_only_the_rule_fills_the_queue() -> None:
    policies = resources("AWS::SQS::QueuePolicy")
    statements = policies["LiveParameterQueuePolicy"]["PolicyDocument"]["Statement"]
    (statement,) = [each for each in statements if each["Effect"] == "Allow"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["LiveReleaseChanged", "Arn"]}}}
    assert {each["Effect"] for each in policies["UnwrittenParametersPolicy"]["PolicyDocument"]["Statement"]} == {"Deny"}


def test_no_machine_waits_for_parameter_store() -> None:
    assert "LiveParameter" not in str(resources("AWS::Serverless::StateMachine"))


def test_the_target_role_writes_nothing_but_gantrys_own_parameters() -> None:
    managed = resources("AWS::IAM::ManagedPolicy", TARGET)
    found = [
        statement
        for each in managed.values()
        for statement in map(if_there, each["PolicyDocument"]["Statement"])
        if "ssm:" in str(statement.get("Action")) and statement["Sid"] != "LookAtNeededParameters"
    ]
    (statement,) = found
    assert set(statement["Action"]) == {"ssm:GetParameter", "ssm:PutParameter"}
    assert statement["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:ssm:*:${AWS::AccountId}:parameter/gantry/*"}


def test_a_role_has_room_for_its_policies() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    assert len(resources("AWS::IAM::ManagedPolicy", TARGET)) <= 10
