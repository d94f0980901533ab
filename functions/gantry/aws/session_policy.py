"""The session policy: what one session in a workload account may do, of what the role there allows.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Right:
    """Some actions on some resources, as IAM names them."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


READ_ALARMS = Right(("cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory"), ("*",))
"""What every kind's sessions may do: any target can be watched by alarms, and CloudWatch shows composite ones to nobody
with a narrower right."""


_READING = re.compile(r"[a-z0-9-]+:(GET|(Get|List|Describe|BatchGet)[A-Za-z]*)|kms:Decrypt|iam:SimulatePrincipalPolicy")
"""Actions of the access levels Read and List, by their names; API Gateway's are the methods of HTTP. What a customer's
key encrypts is decrypted for whoever reads it. A simulation does nothing:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html"""


def reading(rights: Iterable[Right]) -> tuple[Right, ...]:
    """Return as much of some rights as changes nothing."""
    found = (Right(tuple(filter(_READING.fullmatch, each.actions)), each.resources) for each in rights)
    return tuple(each for each in found if each.actions)


def session_policy(rights: Iterable[Right]) -> str:
    """Return the policy for AssumeRole. STS takes 2,048 characters, so there are no spaces in it."""
    statements = [
        {"Effect": "Allow", "Action": each.actions, "Resource": each.resources} for each in (READ_ALARMS, *rights)
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
