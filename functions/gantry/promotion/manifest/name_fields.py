"""The names in a manifest, by the rules of the AWS service that each belongs to."""

from typing import Annotated

from gantry.promotion.manifest.field_types import StringField

# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
REPOSITORY_PATTERN = r"^(?=.{2,256}$)[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$"
REPOSITORY_REMEDY = "give lower-case letters and digits, separated by single . _ - or /"
Repository = Annotated[str, StringField("an ECR repository's name", REPOSITORY_REMEDY, pattern=REPOSITORY_PATTERN)]
EnvironmentName = Annotated[
    str,
    StringField(
        "an environment's name",
        "give a lower-case letter, then letters, digits and hyphens, 32 at most",
        pattern=r"^[a-z][a-z0-9-]{0,31}$",
    ),
]
Account = Annotated[
    str, StringField("an AWS account id", 'give 12 digits in quotes, like "222222222222"', pattern=r"^[0-9]{12}$")
]
# https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html, and those of other partitions
REGION = StringField("a region of AWS", "give one like us-east-1", pattern=r"^[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}$")
Region = Annotated[str, REGION]
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
AlarmName = Annotated[
    str,
    StringField(
        "an alarm's name",
        "give the name alone, no ARN, 255 characters at most",
        pattern=r"^(?!arn:)[^\u0000-\u001f\u007f]{1,255}$",
    ),
]
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html: a name with a slash
# begins with one and has 15 levels at most, and no name begins with aws or ssm. AWS takes 1,011 characters.
LONGEST_PARAMETER_NAME = 1011


def parameter_pattern(longest: int) -> str:
    """Return what the name of a parameter in Parameter Store looks like, of so many characters at most."""
    return (
        r"^(?!/?([aA][wW][sS]|[sS][sS][mM])/)(?![aA][wW][sS]|[sS][sS][mM])"
        rf"(?=.{{1,{longest}}}$)((/[a-zA-Z0-9_.-]+){{1,15}}|[a-zA-Z0-9_.-]+)$"
    )


# HTML's pattern for <input type=email>, narrowed so that an address is safe in a mail's header: dots only between
# characters, and nothing that a mail program would decode (`=?`). A domain has a dot, and its last part begins with a
# letter, unlike an IP address. This finds typing errors; SES has the last word.
# https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
# https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1 and https://www.rfc-editor.org/rfc/rfc2047#section-5
_ATOM, _LABEL = r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+", r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_MAIL_ADDRESS = (
    rf"(?=.{{1,254}}$)(?=[^@]{{1,64}}@)(?!.*=\?){_ATOM}(\.{_ATOM})*"
    rf"@({_LABEL}\.)+[a-zA-Z][a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9]"
)
# A path of at most 512 characters, with the slash before it, and a name of at most 64.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_ROLE_OR_USER = (
    r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:(role|user)/"
    r"(?=.{1,575}$)([a-zA-Z0-9_+=,.@-]+/)*[a-zA-Z0-9_+=,.@-]{1,64}"
)
Approver = Annotated[
    str,
    StringField(
        "a mail address or the ARN of an IAM role or user",
        "give one like ops@example.com, without a display name and 254 characters at most, or like "
        "arn:aws:iam::111111111111:role/chat-bot",
        pattern=f"^({_MAIL_ADDRESS}|{_ROLE_OR_USER})$",
    ),
]
# Whom a policy file lets approve: one of those, or everybody with an address in a domain.
AllowedApprover = Annotated[
    str,
    StringField(
        "a mail address, a domain or the ARN of an IAM role or user",
        "give one like ops@example.com, *@example.com or arn:aws:iam::111111111111:role/chat-bot",
        pattern=rf"^({_MAIL_ADDRESS}|{_ROLE_OR_USER}|\*@({_LABEL}\.)+[a-zA-Z][a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])$",
    ),
]
