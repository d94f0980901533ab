"""The IAM action of a Lambda API call.

Restores: every call is authorised as the action that AWS documents for it (`lambda:UpdateAlias`, `lambda:GetAlias`, …).
The library authorises most of them as another action, such as `lambda:ListAliases`.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from ministack.core import iam_actions

from sandbox.stand_in.repairs.replacing import Original, put_in_front
from sandbox.stand_in.settings import Settings

# The three ways to invoke are one action.
_ACTION_OF = dict.fromkeys(("Invoke", "InvokeWithResponseStream", "InvokeAsync"), "InvokeFunction")


def apply(settings: Settings) -> None:
    """Name the action after the API operation."""
    iam_actions._BOTOCORE_SERVICE_MAP["lambda"] = ["lambda"]
    put_in_front(iam_actions, "_lambda_action", _action)


def _action(original: Original, method: str, path: str) -> str:
    operation = iam_actions._match_rest_action("lambda", method, path, {})
    return _ACTION_OF.get(operation, operation) if operation else str(original(method, path))
