"""The caller that the policy of another account's bucket sees.

Restores: it is the role or the user that calls, so that `aws:PrincipalArn` and principals that are roles count. The
library always takes the root user of the caller's account.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
"""

from dataclasses import replace
from typing import Any

from ministack.core import iam_evaluator

from sandbox.stand_in.repairs.replacing import Original, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Evaluate the policy for who really calls."""
    put_in_front(iam_evaluator, "evaluate_resource_policy", _evaluate)


def _evaluate(
    original: Original, policy: object, context: iam_evaluator.EvalContext, *more: object, **options: object
) -> Any:  # noqa: ANN401 -- the library's own
    caller = iam_evaluator.caller_arn()
    if context.principal_type == "Root" and context.action.startswith("s3:") and ":assumed-role/" in caller:
        context = replace(context, principal_arn=caller, principal_type="AssumedRole")
    return original(policy, context, *more, **options)
