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
    return next((each for each in approvers if not has_mail(each) and _principal(each) == _principal(caller)), None)


def _principal(arn: str) -> tuple[str, ...]:
    """The account, the kind and the name, the same for a role and for whoever has taken it on."""
    _, partition, _, _, account, resource = (arn.casefold().split(":", 5) + [""] * 6)[:6]
    kind, *path = resource.split("/")
    if kind == "assumed-role":
        return (partition, account, "role", *path[:1])
    return (partition, account, kind, *path[-1:])
