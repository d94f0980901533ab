"""The session policy: what one session in a workload account may do, of what the role there allows.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
"""

import json
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


def session_policy(rights: Iterable[Right]) -> str:
    """Return the policy for AssumeRole. STS takes 2,048 characters, so there are no spaces in it."""
    statements = [
        {"Effect": "Allow", "Action": each.actions, "Resource": each.resources} for each in (READ_ALARMS, *rights)
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
