"""What the functions behind the approval links share: every answer's headers, and the 404 that tells nothing."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from promotion.approval_page import notice

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
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
