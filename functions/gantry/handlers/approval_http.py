"""What the functions behind the approval links share: every answer's headers, and the 404 that tells nothing."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from gantry.handlers.approval_desk import CountedError, NotToldError
from gantry.handlers.approval_form import NotTakenError
from gantry.promotion.approval_page import STYLE_SOURCE, notice, refused, warned

HEADERS = {
    "Cache-Control": "no-store, no-transform",
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


def not_shown(refusal: NotTakenError) -> Response[str]:
    """Why somebody does not see the question, and what to do about it."""
    return page(refused("Not shown", f"{refusal} {refusal.to_do}"), refusal.status)


def not_taken(refusal: NotTakenError) -> Response[str]:
    """Why an answer changes nothing, and what to do about it."""
    to_do = refusal.to_do or "Open the link from the mail and try again."
    return page(refused("Not taken", f"{refusal} Nothing was changed. {to_do}"), refusal.status)


def counted(error: CountedError) -> Response[str]:
    """What came of an answer that was sent before."""
    return page(notice("Already counted", str(error)), HTTPStatus.CONFLICT)


def not_told(error: NotToldError) -> Response[str]:
    """That it counts all the same, and how to have it told."""
    told = f"{error} Reload this page, and let the browser send the form again."
    return page(warned("Kept, but not told yet", told), HTTPStatus.SERVICE_UNAVAILABLE)
