"""Which versions of parameters and secrets are there. Only their descriptions are read, and so no value ever.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.clients import code_of, message_of
from gantry.aws.session_policy import Right
from gantry.observability import logger
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.references.reference import PARAMETER, Reference
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_ssm.client import SSMClient

_AT_ONCE = 50
"""Names in one filter."""
_CURRENT = "AWSCURRENT"


@dataclass(frozen=True, slots=True)
class FoundVersions:
    """What is there of some references."""

    versions: dict[Reference, str]
    problems: dict[Reference, str]
    """Why there is no version, and what to do."""
    secret_arns: dict[Reference, str] = field(default_factory=dict)
    """The ARNs of secrets that are there. They end with characters that nobody chooses."""


def secrets_arn(target: Target) -> str:
    """Return what the ARNs of all secrets of an account and region are like, for a policy."""
    return f"arn:{partition_of(target.region).name}:secretsmanager:{target.region}:{target.account}:secret:*"


def describing_rights(target: Target) -> tuple[Right, ...]:
    """Return what a session may do that finds versions. Parameters are described by no narrower right:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html .
    """
    return (
        Right(("ssm:DescribeParameters",), ("*",)),
        Right(("secretsmanager:DescribeSecret",), (secrets_arn(target),)),
    )


class ReferencedVersions:
    """The parameters and secrets of one account and region.

    Args:
        ssm: the client of one account and region.
        secrets: that of its secrets.
        place: the account and region, for people.
    """

    def __init__(self, ssm: "SSMClient", secrets: "SecretsManagerClient", place: str) -> None:
        self._ssm = ssm
        self._secrets = secrets
        self._place = place

    def find(self, references: Iterable[Reference]) -> FoundVersions:
        """Return the version of each, or why there is none.

        Raises:
            TargetAccessError: the account does not let the pipeline see them. That it did not answer stays the SDK's
                error, because it may the next time.
        """
        wanted = list(dict.fromkeys(references))
        found = FoundVersions({}, {})
        try:
            self._find_parameters([each for each in wanted if each.store == PARAMETER], found)
            for each in wanted:
                if each.store != PARAMETER:
                    self._find_secret(each, found)
        except ClientError as error:
            if not code_of(error).startswith("AccessDenied"):
                raise
            raise TargetAccessError(
                f"the pipeline may not see which parameters and secrets there are in {self._place}: deploy the current "
                f"target/template.yaml there, and look for a policy that denies it ({message_of(error)})"
            ) from error
        return found

    def there(self, references: Iterable[Reference]) -> frozenset[Reference]:
        """Return those that have a version; none where the account and region does not say."""
        try:
            return frozenset(self.find(references).versions)
        except (TargetAccessError, BotoCoreError, ClientError) as error:
            logger.info("not known what there is elsewhere", place=self._place, reason=str(error))
            return frozenset()

    def _find_parameters(self, references: list[Reference], found: FoundVersions) -> None:
        names = list(dict.fromkeys(each.name for each in references))
        there = {
            name: version
            for start in range(0, len(names), _AT_ONCE)
            for name, version in self._named(names[start : start + _AT_ONCE])
        }
        for each in references:
            if each.name in there:
                found.versions[each] = there[each.name]
            else:
                found.problems[each] = self._missing(each)

    def _named(self, names: list[str]) -> Iterator[tuple[str, str]]:
        """Yield names and versions. A page may be empty, and yet have another after it."""
        pages = self._ssm.get_paginator("describe_parameters")
        for page in pages.paginate(ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": names}]):
            yield from ((each["Name"], str(each["Version"])) for each in page["Parameters"])

    def _find_secret(self, reference: Reference, found: FoundVersions) -> None:
        try:
            described = self._secrets.describe_secret(SecretId=reference.name)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            found.problems[reference] = self._missing(reference)
            return
        if gone := described.get("DeletedDate"):
            found.problems[reference] = (
                f"{reference.called} in {self._place} is scheduled for deletion, since {gone:%Y-%m-%d}: restore it "
                "(aws secretsmanager restore-secret), or name another one in the manifest"
            )
            return
        stages = described.get("VersionIdsToStages", {})
        current = next((version for version, names in stages.items() if _CURRENT in names), None)
        if current is None:
            found.problems[reference] = f"{reference.called} in {self._place} has no value yet: put one there"
        else:
            found.versions[reference] = current
            found.secret_arns[reference] = described["ARN"]

    def _missing(self, reference: Reference) -> str:
        return (
            f"there is no {reference.called} in {self._place}: create it there, or correct its name in the manifest. "
            "A reference is read in the account and region of each target"
        )
