"""Asks the policy engine about a role, for services that use the role without a signed request."""

import json
from collections.abc import Mapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_region
from ministack.services import iam


def caller_may(action: str, service: str, arn: str, keys: Mapping[str, str] | None = None) -> bool:
    """Return whether the request's caller may do this too; `keys` are the condition keys of this action.

    An account's root user has no key whose signature is checked.
    """
    key = iam_evaluator._verified_key.get()
    context = dict(keys or {})
    return not key or iam_evaluator.enforce(key, action, service, get_region(), arn, context) is None


def role_may(role_arn: str, action: str, resource: str, region: str) -> bool:
    """Return whether the role's identity policies, within its boundary, allow the action on the resource."""
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/service",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=region,
    )
    policies = iam_evaluator._gather_role_policies(name, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    return bool(iam_evaluator.evaluate(context, policies, *limits).decision == "Allow")


def service_may_assume(role_arn: str, service: str, source_arn: str, region: str) -> bool:
    """Return whether the role exists and its trust policy lets the service assume it on behalf of `source_arn`."""
    account, name = role_arn.split(":")[4] if role_arn.startswith("arn:") else "", role_arn.rsplit("/", 1)[-1]
    role = iam._roles.get_scoped(account, None, name)
    if role is None or role["Arn"] != role_arn:
        return False
    context = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=region,
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_arn.split(":")[4]},
    )
    trust = role.get("AssumeRolePolicyDocument", "{}")
    document = json.loads(trust) if isinstance(trust, str) else trust
    # The policy engine requires a Resource in every statement, and a trust policy has none.
    statements = [{**statement, "Resource": "*"} for statement in as_list(document.get("Statement", []))]
    result = iam_evaluator.evaluate_resource_policy({"Statement": statements}, context, service=service)
    return bool(result.decision == "Allow")


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 -- policy documents write a single item without a list
    """Return the value as a list."""
    return value if isinstance(value, list) else [value]
