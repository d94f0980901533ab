"""The headers of the status page, the same wherever it is served."""

from gantry.promotion.status_page.style import STYLE_SOURCE
from gantry.promotion.status_page.view import REFRESH_SECONDS, StatusView

CONTENT_TYPE = "text/html; charset=utf-8"
_HEADERS = {
    "Cache-Control": "no-store, no-transform",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {STYLE_SOURCE}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


def headers_for(view: StatusView) -> dict[str, str]:
    """Return the headers of a page: no cache keeps it, no frame shows it, and it loads nothing.

    `Refresh` makes browsers load it again: https://html.spec.whatwg.org/multipage/document-lifecycle.html#the-refresh-header
    """
    return _HEADERS | ({"Refresh": str(REFRESH_SECONDS)} if view.refreshes else {})
