"""Roles with a path.

Restores: for a role's session, `aws:PrincipalArn` is the role's own ARN with its path, not the session's ARN. A role is
found only under its own path.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
"""

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam, sts

from sandbox.stand_in.repairs.replacing import Original, Response, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Look the role up."""
    put_in_front(iam_evaluator, "_resolve_condition_key", _principal_arn)
    put_in_front(sts, "handle_request", _with_the_right_path)


def _principal_arn(original: Original, key: str, ctx: iam_evaluator.EvalContext) -> object:
    if key.lower() == "aws:principalarn" and ":assumed-role/" in ctx.principal_arn:
        name = iam_evaluator._role_name_from_assumed_arn(ctx.principal_arn)
        role = iam._roles.get_scoped(ctx.principal_account, None, name)
        if role is not None:
            return role["Arn"]
    return original(key, ctx)


async def _with_the_right_path(original: Original, *request: object) -> Response:
    body: Any
    query_params: Any
    *_, body, query_params = request
    arn = sts._p({**query_params, **sts.parse_qs(body.decode("utf-8", errors="replace"))}, "RoleArn")
    if ":role/" in arn:
        role = iam._roles.get_scoped(arn.split(":")[4], None, arn.rsplit("/", 1)[-1])
        if role is not None and role["Arn"] != arn:
            message = f"User: is not authorized to perform: sts:AssumeRole on resource: {arn}"
            return sts._error(403, "AccessDenied", message, ns="sts")
    return await original(*request)
