"""Whether a function can run a release, and whether its alias can be split between the versions before and after."""

from collections.abc import Mapping, Sequence
from typing import Any

from gantry.promotion.aws_partition import region_in
from gantry.promotion.errors import IncompatibleTargetError, TargetNotFoundError
from gantry.promotion.traffic import Plan
from gantry.targets.lambda_alias.function_state import FunctionState
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.package_types import IMAGE, ZIP

_CALLED = {IMAGE: "a container image", ZIP: "a zip"}


def require_compatible(
    target: LambdaTarget, architecture: str, plan: Plan, latest: FunctionState, stable: FunctionState | None
) -> None:
    """Return quietly when the release may go to this function.

    Raises:
        IncompatibleTargetError: with every reason why not, and what to do about it.
    """
    problems = []
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


def require_package_type(target: LambdaTarget, package_type: str, latest: FunctionState) -> None:
    """Return quietly when the function runs what the release is: an image, or a zip.

    Raises:
        IncompatibleTargetError: it never will. Or its zip is encrypted, and an update would take the key away:
            https://docs.aws.amazon.com/lambda/latest/dg/encrypt-zip-package.html
    """
    function = f"The function {target.function} in {target.account}"
    if latest.package_type != package_type:
        raise IncompatibleTargetError(
            f"{function} is made of {_CALLED[latest.package_type]}, and the release is {_CALLED[package_type]}. Lambda "
            "cannot change that: create a function with another name, and name it in the manifest"
        )
    if latest.package_key:
        raise IncompatibleTargetError(
            f"{function} keeps its zip encrypted with {latest.package_key}, and after Gantry's update it would not. If "
            "that is right, update its code once without SourceKMSKeyArn"
        )


def require_takes(
    target: LambdaTarget, configuration: Mapping[str, Any], package_type: str, latest: FunctionState | None
) -> None:
    """Return quietly when the function can be made of the release's artifact, by what the manifest configures.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html: a zip needs a runtime and a handler.

    Raises:
        IncompatibleTargetError: it cannot; with what to do.
    """
    _require_own_layers(target, configuration.get("layers") or ())
    if latest:
        require_package_type(target, package_type, latest)
    elif package_type == ZIP and (missing := [key for key in ("runtime", "handler") if not configuration.get(key)]):
        raise IncompatibleTargetError(
            f"There is no function {target.function} in {target.account}, {target.region}. To have it created from a "
            f"zip, add {' and '.join(missing)} to configuration in the manifest"
        )


def _require_own_layers(target: LambdaTarget, layers: Sequence[str]) -> None:
    others = [each for each in layers if region_in(each) != target.region]
    if others:
        raise IncompatibleTargetError(
            f"{target.id}: Lambda takes only layers of {target.region}, and these are elsewhere: {', '.join(others)}. "
            "Give each region an environment of its own, with that region's layers"
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
