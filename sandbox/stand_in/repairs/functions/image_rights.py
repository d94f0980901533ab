"""Who may read an image in the stand-in's ECR."""

import json

from ministack.core import iam_evaluator
from ministack.services import ecr

from sandbox.stand_in.repairs.iam.decisions import role_may
from sandbox.stand_in.repairs.replacing import Json

_READS = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def lambda_may_read(repository: str, function_arn: str, account: str) -> bool:
    """Return whether a repository's policy has both grants that a function of another account needs.

    One is for the account that creates the function, the other for Lambda on the function's behalf.
    """
    root = _asked(repository, f"arn:aws:iam::{account}:root", "Account", function_arn.split(":")[3])
    service = {**root, "principal_arn": "lambda.amazonaws.com"}
    source = {"aws:sourcearn": function_arn, "aws:sourceaccount": account}
    return all(
        _allows(repository, root, action) and _allows(repository, service, action, "lambda.amazonaws.com", source)
        for action in _READS
    )


def task_may_read(repository: str, role_arn: str, account: str, region: str, *, foreign: bool) -> bool:
    """Return whether a task's execution role may read a repository of its own account, or of a `foreign` one.

    A task without a role has the rights of the machine that runs it: those of its account.
    """
    arn = ecr._repo_arn(repository)
    needed = [("ecr:GetAuthorizationToken", "*"), *((action, arn) for action in _READS)]
    if role_arn and not all(role_may(role_arn, action, resource, region) for action, resource in needed):
        return False
    session = f"arn:aws:sts::{account}:assumed-role/{role_arn.rsplit('/', 1)[-1]}/task"
    caller = _asked(repository, session if role_arn else f"arn:aws:iam::{account}:root", "AssumedRole", region)
    return not foreign or all(_allows(repository, caller, action) for action in _READS)


def _asked(repository: str, principal: str, kind: str, region: str) -> dict[str, str]:
    account = principal.split(":")[4]
    who = {"principal_arn": principal, "principal_type": kind, "principal_account": account}
    return {**who, "resource_arn": ecr._repo_arn(repository), "region": region}


def _allows(
    repository: str, who: dict[str, str], action: str, service: str | None = None, source: Json | None = None
) -> bool:
    policy = json.loads(ecr._repo_policies.get(repository) or "{}")
    # The policy engine requires a Resource in every statement.
    statements = {"Statement": [{**each, "Resource": "*"} for each in policy.get("Statement", [])]}
    context = iam_evaluator.EvalContext(**who, action=action, service_context=source or {})
    return bool(iam_evaluator.evaluate_resource_policy(statements, context, service=service).decision == "Allow")
