"""SES: what is told of mails that are sent with a configuration set, and who may send with one."""

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import (
    Json,
    a_function,
    a_role,
    allow,
    an_event_queue,
    function_arn,
    let_rule_invoke,
    new_name,
    soon,
)

DOMAIN = "told.example"
SENDER = f"gantry@{DOMAIN}"
BUS = f"arn:aws:events:{REGION}:{ASSETS}:event-bus/default"
TAGS = [{"Name": "service", "Value": "cowsay"}]
Read = Callable[[], list[Json]]


def template(name: str, *types: str) -> Json:
    """A configuration set that tells the default bus of some types of events."""
    destination = {
        "Name": "default-bus",
        "Enabled": True,
        "MatchingEventTypes": types,
        "EventBridgeDestination": {"EventBusArn": {"Fn::Sub": BUS.replace(ASSETS, "${AWS::AccountId}")}},
    }
    told = {"ConfigurationSetName": {"Ref": "Mails"}, "EventDestination": destination}
    return {
        "Resources": {
            "Mails": {"Type": "AWS::SES::ConfigurationSet", "Properties": {"Name": name}},
            "MailsTold": {"Type": "AWS::SES::ConfigurationSetEventDestination", "Properties": told},
        }
    }


def a_set(aws: StandIn, *types: str) -> str:
    """The name of a set that a stack has made."""
    client, name = aws.client("cloudformation", ASSETS), new_name("mails")
    client.create_stack(StackName=name, TemplateBody=json.dumps(template(name, *types)))
    soon(lambda: client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")
    return name


@pytest.fixture(scope="module")
def told(aws: StandIn) -> Read:
    """What EventBridge has told a queue of SES."""
    aws.client("sesv2", ASSETS).create_email_identity(EmailIdentity=DOMAIN)
    queue, rule = an_event_queue(aws), new_name("rule")
    arn = f"arn:aws:sqs:{REGION}:{ASSETS}:{queue.rsplit('/', 1)[-1]}"
    aws.client("events", ASSETS).put_rule(Name=rule, EventPattern=json.dumps({"source": ["aws.ses"]}))
    aws.client("events", ASSETS).put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])

    def read() -> list[Json]:
        sqs = aws.client("sqs", ASSETS)
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]

    return read


def mail_to(recipient: str, configuration_set: str | None = None) -> Json:
    content = {"Simple": {"Subject": {"Data": "Please decide"}, "Body": {"Text": {"Data": "b"}}}}
    mail = {"FromEmailAddress": SENDER, "Destination": {"ToAddresses": [recipient]}, "Content": content}
    return {**mail, "ConfigurationSetName": configuration_set, "EmailTags": TAGS} if configuration_set else mail


@pytest.mark.parametrize("label", ["", "+x"])
def test_a_bounce_is_told_with_the_mail_and_its_tags(aws: StandIn, told: Read, label: str) -> None:
    """https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html"""
    name, recipient = a_set(aws, "bounce", "reject"), f"bounce{label}@simulator.amazonses.com"

    message = aws.client("sesv2", ASSETS).send_email(**mail_to(recipient, name))["MessageId"]
    [event] = soon(told)

    assert (event["source"], event["detail-type"], event["account"]) == ("aws.ses", "Email Bounced", ASSETS)
    assert event["resources"] == [f"arn:aws:ses:{REGION}:{ASSETS}:configuration-set/{name}"]
    bounce, mail = event["detail"]["bounce"], event["detail"]["mail"]
    assert (event["detail"]["eventType"], bounce["bounceType"]) == ("Bounce", "Permanent")
    assert bounce["bouncedRecipients"] == [
        {
            "emailAddress": recipient,
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown",
        }
    ]
    assert (mail["messageId"], mail["source"], mail["destination"]) == (message, SENDER, [recipient])
    assert mail["tags"] | {"ses:configuration-set": [name], "service": ["cowsay"]} == mail["tags"]


def test_only_what_the_set_asks_for_is_told(aws: StandIn, told: Read) -> None:
    ses, silent, complaints = aws.client("sesv2", ASSETS), a_set(aws, "reject"), a_set(aws, "complaint", "send")

    ses.send_email(**mail_to("bounce@simulator.amazonses.com"))
    ses.send_email(**mail_to("bounce@simulator.amazonses.com", silent))
    ses.send_email(**mail_to("ops@told.example", silent))
    ses.send_email(**mail_to("complaint@simulator.amazonses.com", complaints))

    first, second = soon(told), told()
    assert [event["detail-type"] for event in first + second] == ["Email Sent", "Email Complaint Received"]


def test_a_rule_takes_a_bounce_to_a_function(aws: StandIn, told: Read) -> None:
    function = a_function(
        aws, "def handler(event, context):\n    print('told', *event['detail']['mail']['tags']['service'])"
    )
    events, name, rule = aws.client("events", ASSETS), a_set(aws, "bounce"), new_name("rule")
    tags = {"ses:configuration-set": [name]}
    pattern = {"source": ["aws.ses"], "detail-type": ["Email Bounced"], "detail": {"mail": {"tags": tags}}}
    arn = events.put_rule(Name=rule, EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule=rule, Targets=[{"Id": "function", "Arn": function_arn(function)}])
    let_rule_invoke(aws, function, arn)

    aws.client("sesv2", ASSETS).send_email(**mail_to("bounce@simulator.amazonses.com", name))

    def printed() -> bool:
        logs, group = aws.client("logs", ASSETS), f"/aws/lambda/{function}"
        groups = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        lines = logs.filter_log_events(logGroupName=group)["events"] if groups else []
        return any("told cowsay" in line["message"] for line in lines)

    assert soon(printed)
    soon(told)


def test_a_configuration_set_that_there_is_not_is_refused(aws: StandIn, told: Read) -> None:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html"""
    with pytest.raises(ClientError, match=r"NotFoundException.*Configuration set <missing> does not exist"):
        aws.client("sesv2", ASSETS).send_email(**mail_to("bounce@simulator.amazonses.com", "missing"))


def test_a_tag_has_no_characters_but_letters_digits_and_dashes(aws: StandIn, told: Read) -> None:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html"""
    mail = mail_to(f"ops@{DOMAIN}", a_set(aws, "bounce"))
    mail["EmailTags"] = [{"Name": "digest", "Value": "sha256:0"}]

    with pytest.raises(ClientError, match="BadRequestException"):
        aws.client("sesv2", ASSETS).send_email(**mail)


@pytest.mark.parametrize("resources", [["identity"], ["identity", "configuration-set"]])
def test_sending_with_a_set_must_be_allowed_on_the_set_too(aws: StandIn, told: Read, resources: list[str]) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html"""
    name = a_set(aws, "bounce")
    arns = {"identity": f"identity/{DOMAIN}", "configuration-set": f"configuration-set/{name}"}
    statement = allow("ses:SendEmail", [f"arn:aws:ses:{REGION}:{ASSETS}:{arns[resource]}" for resource in resources])
    role = a_role(aws, statement, trusts={"AWS": ASSETS})
    keys = aws.client("sts", ASSETS).assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    ses = aws.session_client("sesv2", REGION, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    assert ses.send_email(**mail_to(f"ops@{DOMAIN}"))["MessageId"]
    if "configuration-set" in resources:
        assert ses.send_email(**mail_to(f"ops@{DOMAIN}", name))["MessageId"]
    else:
        with pytest.raises(ClientError, match=f"AccessDenied.*ses:SendEmail.*configuration-set/{name}"):
            ses.send_email(**mail_to(f"ops@{DOMAIN}", name))
