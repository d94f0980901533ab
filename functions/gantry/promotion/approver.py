"""Who may answer, as the manifest names them: mail addresses, and IAM roles or users by their ARNs."""

from collections.abc import Iterable


def has_mail(approver: str) -> bool:
    """Whether this is somebody whom mail can be sent to."""
    return not approver.startswith("arn:")


def named_by(caller: str, approvers: Iterable[str]) -> str | None:
    """The approver that a caller's ARN belongs to; None when it is nobody's.

    Whoever has taken a role on is `arn:aws:sts::<account>:assumed-role/<role>/<session>`, without the role's path. The
    session's name is not looked at: whoever takes the role on chooses it. Neither are capitals: IAM tells no names
    apart by them.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
    """
    return next((each for each in approvers if not has_mail(each) and identity(each) == identity(caller)), None)


def identity(approver: str) -> str:
    """The same for whatever names the same approver: of an ARN the account, the kind and the name.

    A role's or a user's name is there once in an account, under whatever path:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """
    folded = approver.casefold()
    if has_mail(folded):
        return folded
    _, partition, _, _, account, resource = (folded.split(":", 5) + [""] * 6)[:6]
    kind, *path = resource.split("/")
    known = ("role", *path[:1]) if kind == "assumed-role" else (kind, *path[-1:])
    return "/".join((partition, account, *known))
