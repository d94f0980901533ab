"""Every request counts as sent over TLS.

Restores: `aws:SecureTransport` is true for every call that an SDK makes to AWS, because AWS' endpoints are https. The
stand-in answers without TLS, so a policy that denies plain HTTP would deny everything.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
"""

from ministack.core import iam_evaluator

from sandbox.stand_in.repairs.replacing import Original, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Set the condition key to true."""
    put_in_front(iam_evaluator, "_resolve_condition_key", _secure_transport)


def _secure_transport(original: Original, key: str, ctx: iam_evaluator.EvalContext) -> object:
    return "true" if key.lower() == "aws:securetransport" else original(key, ctx)
