"""Whether a function can run a release, and whether its alias can be split between the versions before and after."""

from gantry.promotion.errors import IncompatibleTargetError, TargetNotFoundError
from gantry.promotion.traffic import Plan
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.lambda_target import LambdaTarget


def require_compatible(
    target: LambdaTarget, architecture: str, plan: Plan, latest: FunctionState, stable: FunctionState | None
) -> None:
    """Return quietly when the release may go to this function.

    Raises:
        IncompatibleTargetError: with every reason why not, and what to do about it.
    """
    problems = []
    if latest.package_type != "Image":
        problems.append(
            "it is deployed from a zip file, and Lambda cannot change that to an image: create a new function"
        )
    if latest.architecture != architecture:
        problems.append(f"it runs on {latest.architecture}, and the manifest says architecture: {architecture}")
    if stable and stable.version == "$LATEST":
        problems.append(
            f"its alias {target.alias} routes to $LATEST, so new code would get all traffic before it is published, "
            "and the old code could not be restored: publish a version and make the alias route to it"
        )
    if plan and stable:
        problems += _problems_of_splitting(target, latest, stable)
    if problems:
        raise IncompatibleTargetError(
            f"The function {target.function} in {target.account} cannot take this release: " + "; ".join(problems)
        )


def _problems_of_splitting(target: LambdaTarget, latest: FunctionState, stable: FunctionState) -> list[str]:
    """Return why the alias cannot be split. Its two versions must have the same role and dead-letter queue.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    remedy = "an alias cannot be split between the two: promote this once with traffic: AllAtOnce"
    problems = []
    if (target.role or latest.role) != stable.role:
        problems.append(f"its execution role changes from {stable.role} to {target.role or latest.role}, and {remedy}")
    if latest.dead_letter_arn != stable.dead_letter_arn:
        problems.append(
            f"its dead-letter queue changes from {stable.dead_letter_arn} to {latest.dead_letter_arn}, and {remedy}"
        )
    return problems


def require_role(target: LambdaTarget, *, function_exists: bool) -> None:
    """Return quietly if the function and its alias may be created.

    Raises:
        TargetNotFoundError: the manifest names no role for it.
    """
    if target.role:
        return
    remedy = "Create it, or give the target a role in the manifest and Gantry creates it"
    if function_exists:
        raise TargetNotFoundError(
            f"The function {target.function} in {target.account} has no alias {target.alias}. {remedy}"
        )
    raise TargetNotFoundError(f"There is no function {target.function} in {target.account}, {target.region}. {remedy}")
