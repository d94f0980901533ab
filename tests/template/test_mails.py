"""Mails to approvers: whom they come from, and how it comes back that one did not arrive."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.template.parsed import PIPELINE, actions, function_statements, functions, resources, template
from tests.template.test_events import matches, pattern

MAILS = {"Fn::Sub": "${PipelineName}-approvals"}
BOUNCED: dict[str, Any] = {
    "source": "aws.ses",
    "detail-type": "Email Bounced",
    "detail": {
        "eventType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "ops@example.com"}]},
        "mail": {"tags": {"ses:configuration-set": [MAILS], "approval": ["0" * 32]}},
    },
}
"""https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html , with the set's name as templates say it"""
SENDERS = [name for name in functions() if "ses:SendEmail" in actions(function_statements(name))]


def of_another_set(event: Mapping[str, Any]) -> dict[str, Any]:
    return {**event, "detail": {**event["detail"], "mail": {"tags": {"ses:configuration-set": ["newsletter"]}}}}


def test_those_who_ask_and_remind_and_notice_weaker_safeguards_write_mails_and_nobody_else() -> None:
    assert SENDERS == ["ResolveRelease", "RequestApproval", "FollowUpApproval", "AskAboutCanary"]


@pytest.mark.parametrize("name", SENDERS)
def test_mails_come_from_one_sender_and_belong_to_one_set(name: str) -> None:
    variables = functions()[name]["Environment"]["Variables"]
    assert (variables["MAIL_SENDER"], variables["MAIL_EVENTS"]) == ({"Ref": "MailSender"}, MAILS)
    (allowed,) = [each for each in function_statements(name) if each["Action"] == "ses:SendEmail"]
    assert allowed["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}}
    begins = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"
    assert [each["Fn::Sub"] for each in allowed["Resource"]] == [
        f"{begins}identity/*",
        f"{begins}configuration-set/${{PipelineName}}-approvals",
    ]


def test_ses_tells_the_default_bus_what_did_not_arrive() -> None:
    """It can tell no other: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_EventBridgeDestination.html"""
    (told,) = resources("AWS::SES::ConfigurationSetEventDestination").values()
    destination = told["EventDestination"]
    assert told["ConfigurationSetName"] == {"Ref": "ApprovalMails"}
    assert resources("AWS::SES::ConfigurationSet")["ApprovalMails"]["Name"] == MAILS
    assert (destination["Enabled"], destination["MatchingEventTypes"]) == (True, ["bounce", "reject"])
    assert destination["EventBridgeDestination"]["EventBusArn"]["Fn::Sub"].endswith(":event-bus/default")
    assert "EventBusName" not in resources("AWS::Events::Rule")["MailBounced"]


def test_a_stack_without_a_sender_asks_for_nothing_of_ses() -> None:
    """China and the isolated partitions have no SES."""
    of_ses = {name: each for name, each in template()["Resources"].items() if each["Type"].startswith("AWS::SES::")}
    assert {each["Condition"] for each in of_ses.values()} == {"HasMail"}
    others = {name: each for name, each in template()["Resources"].items() if name not in of_ses}
    assert not [name for name in of_ses if f"'{name}'" in str(others) or f"${{{name}}}" in str(others)]
    assert template()["Conditions"]["HasMail"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "MailSender"}, ""]}]}


@pytest.mark.parametrize("kind", ["Email Bounced", "Email Rejected"])
def test_a_mail_that_did_not_arrive_reaches_on_bounce(kind: str) -> None:
    assert matches(pattern(PIPELINE, "MailBounced"), {**BOUNCED, "detail-type": kind})
    (target,) = resources("AWS::Events::Rule")["MailBounced"]["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["OnBounceFunction", "Arn"]}


@pytest.mark.parametrize(
    "event",
    [
        of_another_set(BOUNCED),
        {**BOUNCED, "detail-type": "Email Delivered"},
        {**BOUNCED, "source": "promotion.pipeline"},
        {**BOUNCED, "detail": {**BOUNCED["detail"], "mail": {"tags": {}}}},
    ],
    ids=["another set", "delivered", "our own", "no set"],
)
def test_nothing_else_does(event: Mapping[str, Any]) -> None:
    assert not matches(pattern(PIPELINE, "MailBounced"), event)
