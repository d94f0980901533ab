"""Approvers as the manifest names them: mail addresses, and IAM roles or users by their ARNs."""

from collections.abc import Iterable
from string import ascii_lowercase, ascii_uppercase

_TO_SMALL_LETTERS = str.maketrans(ascii_uppercase, ascii_lowercase)


def folded(address: str) -> str:
    """Return a mail address or an ARN in small letters, to compare it.

    Approvers are ASCII. Python's `lower` and `casefold` would make a `k` of the Kelvin sign, and `ss` of `ß`, so that
    whoever has that other mailbox would pass for an approver.
    """
    return address.translate(_TO_SMALL_LETTERS)


def has_mail(approver: str) -> bool:
    """Whether mail can be sent to this approver."""
    return not approver.startswith("arn:")


def named_by(caller: str, approvers: Iterable[str]) -> str | None:
    """Return the approver that a caller's ARN belongs to; None when there is none.

    An assumed role calls as `arn:<partition>:sts::<account>:assumed-role/<role>/<session>`, without its path. The
    session's name proves nothing, because the caller chooses it. Capitals do not count: IAM does not distinguish
    names by them.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
    """
    return next((each for each in approvers if not has_mail(each) and identity(each) == identity(caller)), None)


def identity(approver: str) -> str:
    """Return the same text for every name of the same approver: of an ARN the account, the kind and the name.

    The name of a role or user is unique in its account, whatever its path:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """
    small = folded(approver)
    if has_mail(small):
        return small
    _, partition, _, _, account, resource = (small.split(":", 5) + [""] * 6)[:6]
    kind, *path = resource.split("/")
    known = ("role", *path[:1]) if kind == "assumed-role" else (kind, *path[-1:])
    return "/".join((partition, account, *known))
