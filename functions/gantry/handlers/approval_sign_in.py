"""Who is behind a link: its approver, and where the stack has an OpenID Connect issuer, signed in as just that one."""

from http import HTTPStatus

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from gantry.handlers.approval_form import NotTakenError
from gantry.handlers.settings import sign_in_issuer


def identity_of(event: APIGatewayProxyEventV2, approver: str) -> str:
    """Who answers, as it is kept. The HTTP API's authorizer has checked the token; whose it is, is for us to check.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html

    Raises:
        NotTakenError: nobody is signed in, or somebody else than the approver.
    """
    issuer = sign_in_issuer()
    if issuer is None:
        return approver
    claims = event.request_context.authorizer.jwt_claim
    address, verified = str(claims.get("email", "")), str(claims.get("email_verified", "true")).lower()
    if claims.get("iss") != issuer or not address or verified != "true":
        raise NotTakenError(
            HTTPStatus.FORBIDDEN,
            "Your sign-in does not prove a mail address.",
            "Sign in with the address that the mail went to. If that does not help, tell whoever runs Gantry: the "
            "token needs a verified claim email.",
        )
    if address.casefold() != approver.casefold():
        raise NotTakenError(
            HTTPStatus.FORBIDDEN,
            f"You are signed in as {address}, and this link was sent to somebody else.",
            "Sign in with the address that this mail went to, or open the link from your own mail.",
        )
    return f"{approver} (signed in as {claims.get('sub')} at {issuer})"
