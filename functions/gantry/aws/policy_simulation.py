"""Whether a role may do something with resources, as IAM says without doing it.

IAM looks at the role's own policies, its permissions boundary and the organisation's policies, and not at policies of
resources: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.clients import code_of
from gantry.observability import logger
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_iam.type_defs import ContextEntryTypeDef

_AT_ONCE = 20
"""Resources in one question. IAM names no limit, and answers very long questions by an error."""
_ALLOWED, _EXPLICIT = "allowed", "explicitDeny"
"""https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html; the third one is `implicitDeny`."""


class NoSuchRoleError(Exception):
    """There is no such role."""


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a role may not do something."""

    is_explicit: bool
    """Whether a statement denies it. Otherwise none allows it."""
    by_boundary: bool
    """Whether the role's permissions boundary does not allow it."""


class PolicySimulation:
    """What one role may do in one region.

    Args:
        iam: the client of the role's account. IAM has one endpoint for all regions of a partition:
            https://docs.aws.amazon.com/general/latest/gr/iam-service.html
        target: whose account and region the requests would be made in.
        role: its ARN.
    """

    def __init__(self, iam: "IAMClient", target: Target, role: str) -> None:
        self._iam = iam
        self._role = role
        self._context = _context(target)

    def denials(self, actions: Sequence[str], arns: Iterable[str]) -> dict[str, Denial]:
        """Return the resources with which the role may do none of some actions.

        What is not known is not among them: neither what IAM does not answer, because releases elsewhere must not wait
        for it, nor what depends on more than is known here.

        Raises:
            NoSuchRoleError: there is no such role.
            ClientError: the pipeline may not ask.
        """
        wanted, found = list(arns), dict[str, Denial | None]()
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            try:
                answers = self._ask(actions, some)
            except (BotoCoreError, ClientError) as error:
                self._require_unknown(error)
                break
            found |= {arn: self._denial(answers, len(actions), arn) for arn in some}
        return {arn: denial for arn, denial in found.items() if denial}

    def _ask(self, actions: Sequence[str], arns: list[str]) -> "list[_Answer]":
        pages = self._iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=self._role, ActionNames=list(actions), ResourceArns=arns, ContextEntries=self._context
        )
        is_alone = len(arns) == 1
        return [each for page in pages for result in page["EvaluationResults"] for each in _answers(result, is_alone)]

    def _require_unknown(self, error: BotoCoreError | ClientError) -> None:
        if isinstance(error, ClientError):
            if code_of(error) == "NoSuchEntity":
                raise NoSuchRoleError from error
            if code_of(error).startswith("AccessDenied"):
                raise error
        logger.warning("not known what a role may do", role=self._role, reason=str(error))

    def _denial(self, every: "Iterable[_Answer]", actions: int, arn: str) -> Denial | None:
        answers = [each for each in every if each.arn == arn]
        if any(each.decision == _ALLOWED for each in answers):
            return None
        if len(answers) < actions or any(each.is_unknown for each in answers):
            logger.info("not known what a role may do", role=self._role, resource=arn, answers=answers)
            return None
        return Denial(
            any(each.decision == _EXPLICIT for each in answers), any(each.is_beyond_boundary for each in answers)
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    """What IAM says of one action on one resource."""

    arn: str
    decision: str
    is_unknown: bool
    is_beyond_boundary: bool


def _answers(result: Mapping[str, Any], is_alone: bool) -> Iterator[_Answer]:
    """Yield what a result says of each resource; `is_alone` if there is only one.

    A result is one action's, with all resources in it. Earlier there was one for each resource too, each with the
    strictest decision of all, so that a denial says nothing of one of several. What depends on keys that were not given
    is unknown. So is what the organisation denies: missing keys of its policies are not named, and a denial for one
    region may be shown for all of them.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
    https://github.com/aws/aws-sdk/issues/102, https://github.com/aws/aws-cli/issues/10525
    """
    by_organisation = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False
    specific = result.get("ResourceSpecificResults")
    for each in specific or [result]:
        missing = each.get("MissingContextValues") or result.get("MissingContextValues")
        boundary = each.get("PermissionsBoundaryDecisionDetail", {})
        yield _Answer(
            arn=each.get("EvalResourceName", ""),
            decision=each.get("EvalResourceDecision") or result["EvalDecision"],
            is_unknown=bool(missing) or by_organisation or not (specific or is_alone),
            is_beyond_boundary=boundary.get("AllowedByPermissionsBoundary") is False,
        )


def _context(target: Target) -> "list[ContextEntryTypeDef]":
    """Return the condition keys whose values are known, so that less is unknown.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    known = {
        "aws:RequestedRegion": target.region,
        "aws:PrincipalAccount": target.account,
        "aws:ResourceAccount": target.account,
    }
    return [
        {"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": ["true"], "ContextKeyType": "boolean"},
        *(_entry(key, value) for key, value in known.items()),
    ]


def _entry(key: str, value: str) -> "ContextEntryTypeDef":
    return {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
