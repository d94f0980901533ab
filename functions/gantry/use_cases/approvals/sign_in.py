"""Proves that the person behind a link is its approver, where the stack has an OpenID Connect issuer."""

from dataclasses import dataclass

from gantry.promotion.approver import folded
from gantry.promotion.visible_text import one_line, quoted_name, shortened
from gantry.use_cases.approvals.errors import AnswerForbiddenError


@dataclass(frozen=True, slots=True)
class SignIn:
    """The claims of a token that was checked already; empty where nobody has signed in."""

    issuer: str = ""
    subject: str = ""
    address: str = ""
    is_verified: bool = True
    """Whether the issuer has verified the address. Issuers that do not say so verify all of them."""


def identity_of(approver: str, sign_in: SignIn, issuer: str | None) -> str:
    """Return the approver's identity, as it is kept with an answer.

    Args:
        approver: whose link it is.
        sign_in: the claims of the person who opened it.
        issuer: the issuer that approvers have to sign in at; None when the link is enough.

    Raises:
        AnswerForbiddenError: nobody has signed in, or somebody else than the approver.
    """
    if issuer is None:
        return approver
    if sign_in.issuer != issuer or not sign_in.address or not sign_in.is_verified:
        raise AnswerForbiddenError(
            "Your sign-in does not prove a mail address.",
            "Sign in with the address that received the mail. If that does not help, ask the people who run Gantry: "
            "the token needs a verified claim email.",
        )
    if folded(sign_in.address) != folded(approver):
        raise AnswerForbiddenError(
            f"You are signed in as {quoted_name(sign_in.address)}, and this link was sent to somebody else.",
            "Sign in with the address that received this mail, or open the link in your own mail.",
        )
    return f"{approver} (signed in as {shortened(one_line(sign_in.subject), 255)} at {issuer})"
