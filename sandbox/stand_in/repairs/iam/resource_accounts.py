"""The account of a bucket or an object.

Restores: `aws:ResourceAccount` is the account that has the bucket. An ARN of S3 names none, so the library takes the
caller's.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
"""

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import s3

from sandbox.stand_in.repairs.replacing import Original, put_in_front
from sandbox.stand_in.settings import Settings

_KEYS = {"aws:resourceaccount", "s3:resourceaccount"}
_BUCKETS = "arn:aws:s3:::"


def apply(settings: Settings) -> None:
    """Find the bucket's account."""
    put_in_front(iam_evaluator, "_resolve_condition_key", _account)


def _account(original: Original, key: str, context: iam_evaluator.EvalContext) -> Any:  # noqa: ANN401 -- the library's own
    if key.lower() in _KEYS and context.resource_arn.startswith(_BUCKETS):
        bucket = context.resource_arn.removeprefix(_BUCKETS).partition("/")[0]
        if owner := s3._bucket_owner_account(bucket):
            return owner
    return original(key, context)
