"""What the functions behind the approval links share: every answer's headers, and the 404 that tells nothing."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from handlers.approval_desk import NotToldError
from handlers.approval_form import NotTakenError
from promotion.approval_page import STYLE_SOURCE, notice, refused

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {STYLE_SOURCE}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


def page(html: str, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """An answer that no cache keeps, no frame shows and no link carries on."""
    return Response(status_code=status, content_type="text/html; charset=utf-8", body=html, headers=dict(HEADERS))


def not_found() -> Response[str]:
    """The same for a link that never was and for one that was mistyped."""
    return page(
        notice("Not found", "There is no such page. Open the link from the mail once more, as a whole."),
        HTTPStatus.NOT_FOUND,
    )


def not_taken(refusal: NotTakenError) -> Response[str]:
    """Why an answer changes nothing, and what to do about it."""
    return page(refused(str(refusal), refusal.to_do or "Open the link from the mail and try again."), refusal.status)


def not_told(error: NotToldError) -> Response[str]:
    """That it counts all the same, and how to have it told."""
    return page(notice("Kept, but not told yet", str(error)), HTTPStatus.SERVICE_UNAVAILABLE)
