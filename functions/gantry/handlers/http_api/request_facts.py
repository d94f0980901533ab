"""The people and clients behind an HTTP request."""

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from gantry.use_cases.approvals.answering import Sender
from gantry.use_cases.approvals.session import LinkVisit
from gantry.use_cases.approvals.sign_in import SignIn


def visit_of(event: APIGatewayProxyEventV2, link_id: str) -> LinkVisit:
    """Return who has opened a link.

    The HTTP API's authorizer has checked the token. Whether it is the approver's own is for the use case to check.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    """
    claims = event.request_context.authorizer.jwt_claim
    sign_in = SignIn(
        issuer=str(claims.get("iss", "")),
        subject=str(claims.get("sub", "")),
        address=str(claims.get("email", "")),
        is_verified=str(claims.get("email_verified", "true")).lower() == "true",
    )
    return LinkVisit(link_id, sign_in)


def sender_of(event: APIGatewayProxyEventV2) -> Sender:
    """Return where a request came from."""
    http = event.request_context.http
    return Sender(http.source_ip, http.get("userAgent") or "none")


def caller_of(event: APIGatewayProxyEventV2) -> str:
    """Return the ARN of the caller whose signature the HTTP API has checked."""
    return event.request_context.authorizer.iam.user_arn or "nobody"
