"""The sender and the configuration set of a mail, as a policy sees them.

Restores: `ses:FromAddress` is the address in the mail's From header; in the library no policy with this condition ever
applies. To send a mail with a configuration set, a caller must be allowed on the set too, not only on the sender.
https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
"""

import re
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import ses_v2

from sandbox.stand_in.repairs.mail.sending_events import SEND_EMAIL
from sandbox.stand_in.repairs.replacing import Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_FROM = re.compile(r'"FromEmailAddress"\s*:\s*"(?:[^"<]*<)?([^">]+)')
_SET = re.compile(r'"ConfigurationSetName"\s*:\s*"([^"]+)"')
_sender: ContextVar[str | None] = ContextVar("sender", default=None)


def apply(settings: Settings) -> None:
    """Read them from the request when the library looks for its resource, which is before it evaluates policies."""
    put_in_front(iam_actions, "extract_resource_arn", _noting_the_sender)
    put_in_front(iam_evaluator, "_resolve_condition_key", _from_address)
    put_in_front(app, "_enforce_ses_v2", _on_the_set_too)


def _noting_the_sender(original: Original, service: str, *request: Any) -> object:  # noqa: ANN401 -- the library's own
    *_, body, _query, _region, _account = request
    found = _FROM.search((body or b"").decode(errors="replace")) if service == "ses" else None
    _sender.set(found[1] if found else None)
    return original(service, *request)


def _from_address(original: Original, key: str, ctx: iam_evaluator.EvalContext) -> object:
    return _sender.get() if key.lower() == "ses:fromaddress" else original(key, ctx)


def _on_the_set_too(original: Original, method: str, path: str, *request: Any) -> Response | None:  # noqa: ANN401
    denied: Response | None = original(method, path, *request)
    headers, body, query, request_id = request
    named = _SET.search((body or b"").decode(errors="replace")) if SEND_EMAIL.fullmatch(path) else None
    if denied or named is None:
        return denied
    action = iam_actions.extract_iam_action("ses", method, path, headers, body, query)
    arn = ses_v2._resource_arn("configuration-set", named[1])
    refused: Response | None = app._enforce_data_plane(
        "sesv2", action, headers, query, request_id, resource_arn=arn, named_resource=arn
    )
    return refused
