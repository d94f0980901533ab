"""What a role may do, as IAM says without doing it.

Restores: the simulation of a role that exists looks at its permissions boundary too and at all resources that are
given, and names the condition keys that its policies ask for and the caller has not given. One result an action has
what is so of each resource. Another role is no entity. The call is authorised on the role. The library looks at the
first resource only, and at no boundary, and finds no role below a path.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
"""

from collections.abc import Iterator
from itertools import count
from xml.sax.saxutils import escape

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

from sandbox.stand_in.repairs.replacing import Json, Response
from sandbox.stand_in.settings import Settings

_OPERATION = "SimulatePrincipalPolicy"
_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny"}
_STRICTEST = ("explicitDeny", "implicitDeny", "allowed")


def apply(settings: Settings) -> None:
    """Put another handler in the place of the library's."""
    iam._IAM_HANDLERS[_OPERATION] = _simulate


def _simulate(request: Json) -> Response:
    arn = iam._p(request, "PolicySourceArn")
    account, name = get_account_id(), arn.rsplit("/", 1)[-1]
    role = iam._roles.get_scoped(account, None, name)
    if role is None or role["Arn"] != arn:
        response: Response = iam._error(404, "NoSuchEntity", f"Role {name} does not exist.", ns="iam")
        return response
    policies = iam_evaluator._gather_role_policies(name, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    given = {
        iam._p(request, f"{entry}.ContextKeyName").lower(): iam._p(request, f"{entry}.ContextKeyValues.member.1")
        for entry in _members(request, "ContextEntries", ".ContextKeyName")
    }
    missing = sorted(_named([policies, *limits]) - given.keys())
    context = {
        "principal_arn": arn,
        "principal_type": "AssumedRole",
        "principal_account": account,
        "region": given.get("aws:requestedregion", get_region()),
        "secure_transport": given.get("aws:securetransport") == "true",
        "service_context": given,
    }

    def decision(action: str, resource: str) -> str:
        asked = iam_evaluator.EvalContext(action=action, resource_arn=resource, **context)
        return _DECISIONS.get(iam_evaluator.evaluate(asked, policies, *limits).decision, "implicitDeny")

    resources = [iam._p(request, each) for each in _members(request, "ResourceArns")] or ["*"]
    results = ""
    for action in (iam._p(request, each) for each in _members(request, "ActionNames")):
        decided = {resource: decision(action, resource) for resource in resources}
        results += _result(action, decided, missing)
    found = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
    answer: Response = iam._xml(
        200, f"{_OPERATION}Response", f"<{_OPERATION}Result>{found}</{_OPERATION}Result>", ns="iam"
    )
    return answer


def _result(action: str, decided: dict[str, str], missing: list[str]) -> str:
    keys = "".join(f"<member>{escape(each)}</member>" for each in missing)
    unknown = f"<MissingContextValues>{keys}</MissingContextValues>"
    specific = "".join(
        f"<member><EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalResourceDecision>{decision}</EvalResourceDecision>{unknown}</member>"
        for resource, decision in decided.items()
    )
    strictest = next(each for each in _STRICTEST if each in decided.values())
    return (
        f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>*</EvalResourceName>"
        f"<EvalDecision>{strictest}</EvalDecision>{unknown}"
        f"<ResourceSpecificResults>{specific}</ResourceSpecificResults></member>"
    )


def _members(request: Json, name: str, key: str = "") -> Iterator[str]:
    """Yield the names of a list's members in the request."""
    for number in count(1):
        member = f"{name}.member.{number}"
        if not iam._p(request, f"{member}{key}"):
            return
        yield member


def _named(layers: list[list[list[iam_evaluator.ParsedStatement]]]) -> set[str]:
    """Return the condition keys that some policies name, in lower case."""
    statements = (statement for policies in layers for policy in policies for statement in policy)
    return {key.lower() for each in statements for block in each.conditions.values() for key in block}
