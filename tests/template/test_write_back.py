"""What is written back to Git: apart from the machines, one message at a time, and nothing of it without an App."""

from tests.template.parsed import PIPELINE, functions, resources, template
from tests.template.test_events import matches, pattern

OF_GIT = {
    "LiveChanged",
    "WriteBackQueue",
    "UnwrittenMessages",
    "WriteBackQueuePolicy",
    "UnwrittenMessagesPolicy",
    "WriteBackMessages",
    "WriteBackFunction",
    "WriteBackFailed",
    "SignForGitHubApp",
}
QUEUES = resources("AWS::SQS::Queue")
OTHER_WAYS_TO_END = {"Promotion Deployment Superseded", "Promotion Deployment Started", "Promotion Completed"}


def test_nothing_of_it_is_there_without_an_app() -> None:
    conditional = {name for name, each in template()["Resources"].items() if each.get("Condition") == "WritesToGit"}
    assert conditional == OF_GIT
    assert template()["Conditions"]["WritesToGit"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "GitHubAppId"}, ""]}]}


def test_an_app_without_a_key_is_refused() -> None:
    rule = template()["Rules"]["GitHubAppIsComplete"]
    given = [{"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]} for name in ("GitHubAppId", "GitHubAppKeyId")]
    assert [rule["RuleCondition"], *(each["Assert"] for each in rule["Assertions"])] == given


def event(detail_type: str, account: str = "111111111111") -> dict[str, object]:
    return {"source": "promotion.pipeline", "account": account, "detail-type": detail_type, "detail": {}}


def test_every_end_that_may_have_changed_what_is_live_is_taken() -> None:
    taken = pattern(PIPELINE, "LiveChanged")
    ends = ("Completed", "Rolled Back", "Failed")
    assert all(matches(taken, event(f"Promotion Deployment {end}")) for end in ends)
    assert not any(matches(taken, event(each)) for each in OTHER_WAYS_TO_END)
    assert not matches(taken, event("Promotion Deployment Completed") | {"source": "somebody"})


def test_messages_about_a_service_stay_in_order_and_a_bad_one_ends_in_a_queue_of_its_own() -> None:
    (target,) = resources("AWS::Events::Rule")["LiveChanged"]["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["WriteBackQueue", "Arn"]}
    assert target["SqsParameters"] == {"MessageGroupId": "$.detail.service"}
    queue = QUEUES["WriteBackQueue"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["UnwrittenMessages", "Arn"]}
    assert (queue["FifoQueue"], QUEUES["UnwrittenMessages"]["FifoQueue"]) == (True, True)
    mapping = resources("AWS::Lambda::EventSourceMapping")["WriteBackMessages"]
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["WriteBackQueue", "Arn"]}
    assert mapping["BatchSize"] == 1


def test_a_message_comes_back_after_the_function_and_is_tried_for_longer_than_github_limits_anybody() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    queue, seconds = QUEUES["WriteBackQueue"], functions()["WriteBack"]["Timeout"]
    assert queue["VisibilityTimeout"] >= 6 * seconds
    assert queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"] > 3600


def test_only_the_rule_fills_the_queue() -> None:
    policies = resources("AWS::SQS::QueuePolicy")
    allowed = [
        each for each in policies["WriteBackQueuePolicy"]["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"
    ]
    (statement,) = allowed
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["LiveChanged", "Arn"]}}}
    assert {each["Effect"] for each in policies["UnwrittenMessagesPolicy"]["PolicyDocument"]["Statement"]} == {"Deny"}


def test_no_machine_waits_for_git() -> None:
    assert "WriteBack" not in str(resources("AWS::Serverless::StateMachine"))
