"""The responses of the approval API: their headers, and the status of each error."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from gantry.handlers.http_api.answer_form import InvalidBodyError
from gantry.promotion.approval_page import STYLE_SOURCE, notice_page, refusal_page, resend_page
from gantry.use_cases.approvals.errors import (
    AnswerForbiddenError,
    AnswerOutdatedError,
    AnswerRefusedError,
    AnswerRepeatedError,
    AnswerUnconfirmedError,
    ApprovalNotFoundError,
    OutcomeUndeliveredError,
)

HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
"""For a year a browser asks this host over HTTPS only: https://www.rfc-editor.org/rfc/rfc6797#section-6.1.

Without `includeSubDomains`, because what is below a domain of your own is not Gantry's.
"""
HEADERS = HTTPS_ONLY | {
    "Cache-Control": "no-store, no-transform",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {STYLE_SOURCE}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
CALL = '{"decision": "approved", "digest": "sha256:…", "reason": "…", "environment": "…"}'
"""The body of a correct call."""
_STATUSES: Mapping[type[AnswerRefusedError], HTTPStatus] = {
    ApprovalNotFoundError: HTTPStatus.NOT_FOUND,
    AnswerForbiddenError: HTTPStatus.FORBIDDEN,
    AnswerOutdatedError: HTTPStatus.CONFLICT,
    AnswerUnconfirmedError: HTTPStatus.BAD_REQUEST,
}


def page(html: str, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """Return a page that no cache keeps, no frame shows and no link passes on."""
    return Response(status_code=status, content_type="text/html; charset=utf-8", body=html, headers=dict(HEADERS))


def not_found_page() -> Response[str]:
    """Return the same page for a link that never existed and for a mistyped one."""
    return page(
        notice_page("Not found", "There is no such page. Open the link from the mail again, the whole link."),
        HTTPStatus.NOT_FOUND,
    )


def hidden_page(refusal: AnswerRefusedError) -> Response[str]:
    """Return why somebody does not see the question, and what to do about it."""
    if isinstance(refusal, ApprovalNotFoundError):
        return not_found_page()
    return page(refusal_page("Not shown", f"{refusal} {refusal.advice}"), _status(refusal))


def refused_answer_page(refusal: AnswerRefusedError) -> Response[str]:
    """Return why an answer changes nothing, and what to do about it."""
    if isinstance(refusal, ApprovalNotFoundError):
        return not_found_page()
    advice = refusal.advice or "Open the link from the mail and try again."
    return page(refusal_page("Not accepted", f"{refusal} Nothing was changed. {advice}"), _status(refusal))


def repeated_answer_page(error: AnswerRepeatedError) -> Response[str]:
    """Return what came of an answer that was sent before."""
    return page(notice_page("Already counted", str(error)), HTTPStatus.CONFLICT)


def undelivered_outcome_page(error: OutcomeUndeliveredError) -> Response[str]:
    """Return that the answer counts, and how to try again to notify the promotion."""
    text = f"{error} Reload this page, and let the browser send the form again."
    return page(resend_page("Saved, but not delivered yet", text), HTTPStatus.SERVICE_UNAVAILABLE)


def json_response(body: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """Return JSON that no cache keeps."""
    return Response(
        status_code=status,
        content_type="application/json",
        body=json.dumps(body),
        headers=HTTPS_ONLY | {"Cache-Control": "no-store"},
    )


def refused_call(refusal: AnswerRefusedError) -> Response[str]:
    """Return why a call changes nothing, and what to do about it."""
    advice = refusal.advice or f"Send JSON like {CALL}."
    return json_response({"error": f"{refusal} Nothing was changed. {advice}"}, _status(refusal))


def undelivered_outcome(error: OutcomeUndeliveredError) -> Response[str]:
    """Return that the call counts, and how to try again to notify the promotion."""
    return json_response({"error": f"{error} Send the same call again."}, HTTPStatus.SERVICE_UNAVAILABLE)


def _status(refusal: AnswerRefusedError) -> HTTPStatus:
    return refusal.status if isinstance(refusal, InvalidBodyError) else _STATUSES[type(refusal)]
