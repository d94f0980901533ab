"""Whether a function can run a release, and whether its alias can be split between the versions before and after."""

from typing import Protocol

from gantry.promotion.errors import IncompatibleTargetError
from gantry.promotion.target import Target
from gantry.promotion.traffic import Plan


class FunctionFacts(Protocol):
    """What is known of a function or of one of its versions."""

    @property
    def version(self) -> str:
        """`$LATEST`, or a number."""

    @property
    def architecture(self) -> str:
        """x86_64 or arm64."""

    @property
    def package_type(self) -> str:
        """Image or Zip."""

    @property
    def role(self) -> str:
        """The execution role's ARN."""

    @property
    def dead_letter_arn(self) -> str | None:
        """The dead-letter queue's or topic's ARN."""


def require_suitable(
    target: Target, architecture: str, plan: Plan, latest: FunctionFacts, stable: FunctionFacts | None
) -> None:
    """Return quietly when the release may go to this function.

    Raises:
        IncompatibleTargetError: with every reason why not, and what to do about it.
    """
    problems = []
    if latest.package_type != "Image":
        problems.append(
            "it is deployed from a zip file; Lambda cannot turn it into one from an image: create a new function"
        )
    if latest.architecture != architecture:
        problems.append(f"it runs on {latest.architecture}, and the manifest says architecture: {architecture}")
    if stable and stable.version == "$LATEST":
        problems.append(
            f"its alias {target.alias} routes to $LATEST, so new code would have all traffic before it is published, "
            "and nothing could bring the old code back: publish a version and let the alias route to that"
        )
    if plan and stable:
        problems += _problems_of_splitting(target, latest, stable)
    if problems:
        raise IncompatibleTargetError(
            f"The function {target.function} in {target.account} cannot take this release: " + "; ".join(problems)
        )


def _problems_of_splitting(target: Target, latest: FunctionFacts, stable: FunctionFacts) -> list[str]:
    """An alias' two versions must share role and dead-letter queue.

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
