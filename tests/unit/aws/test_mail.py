from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from gantry.aws.mail import APPROVAL_TAG, KIND_TAG, Mail
from gantry.promotion.errors import MailError

TAGS = {APPROVAL_TAG: "approval-1", KIND_TAG: "question"}


@pytest.fixture
def client() -> Any:
    return boto3.client("sesv2")


@pytest.fixture
def mail(client: Any) -> Mail:
    return Mail(client, "gantry@example.com", "gantry-approvals")


def test_a_mail_goes_to_one_person_with_the_tags_of_its_bounce(mail: Mail, answers: Stubber) -> None:
    answers.add_response(
        "send_email",
        {"MessageId": "1"},
        {
            "FromEmailAddress": "gantry@example.com",
            "Destination": {"ToAddresses": ["ops@example.com"]},
            "ConfigurationSetName": "gantry-approvals",
            "EmailTags": [{"Name": "approval", "Value": "approval-1"}, {"Name": "kind", "Value": "question"}],
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Prüfe cowsay", "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": "text", "Charset": "UTF-8"},
                        "Html": {"Data": "<p>html</p>", "Charset": "UTF-8"},
                    },
                }
            },
        },
    )

    mail.send("ops@example.com", "Prüfe cowsay", "text", "<p>html</p>", TAGS)


def test_a_pipeline_without_a_sender_says_what_to_do_instead(client: Any, answers: Stubber) -> None:
    with pytest.raises(MailError, match=r"to ops@example.com: .*MailSender is empty.* name IAM roles or users"):
        Mail(client, "", "gantry-approvals").send("ops@example.com", "subject", "text", "<p>html</p>", TAGS)
    answers.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("MessageRejected", "production access"),
        ("MailFromDomainNotVerifiedException", "MAIL FROM domain"),
        ("NotFoundException", "sender's identity"),
        ("NotFoundException", "create it again by its name"),
        ("BadRequestException", "mail addresses"),
        ("AccountSuspendedException", "suspended"),
        ("SendingPausedException", "resume it"),
        ("LimitExceededException", "quota"),
    ],
)
def test_a_refusal_of_ses_says_what_to_do(mail: Mail, answers: Stubber, code: str, advice: str) -> None:
    answers.add_client_error("send_email", code, "Email address is not verified.")

    with pytest.raises(MailError) as caught:
        mail.send("ops@example.com", "subject", "text", "html", TAGS)

    said = str(caught.value)
    for part in (advice, "gantry@example.com", "ops@example.com", "Email address is not verified."):
        assert part in said
    assert isinstance(caught.value.__cause__, ClientError)


def test_an_unknown_error_escapes(mail: Mail, answers: Stubber) -> None:
    answers.add_client_error("send_email", "TooManyRequestsException")

    with pytest.raises(ClientError, match="TooManyRequests"):
        mail.send("ops@example.com", "subject", "text", "html", TAGS)


@mock_aws
def test_the_sender_must_be_verified() -> None:
    sesv2 = boto3.client("sesv2")
    mail = Mail(sesv2, "gantry@example.com", "gantry-approvals")

    with pytest.raises(MailError, match="verify the sender"):
        mail.send("ops@example.com", "subject", "text", "html", TAGS)

    sesv2.create_email_identity(EmailIdentity="gantry@example.com")
    mail.send("ops@example.com", "subject", "text", "html", TAGS)
