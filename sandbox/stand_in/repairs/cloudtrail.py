"""CloudTrail lists every call by its name, page by page.

Restores: an event has the name of the API operation (`UpdateAlias`, `AssumeRole`), also if only the request's body, or
its method and path, contain it; the library guesses there. Its user is the name of the session that has called: of a
function's own session, the function's name. LookupEvents continues after its 50 newest events with `NextToken`. Unlike
on AWS, every call is listed at once, also calls that do not manage resources.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
"""

import contextvars
import itertools
import json
from collections.abc import Iterable
from typing import Any

from ministack import app
from ministack.core import iam_actions
from ministack.services import cloudtrail, sts

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_MOST_ON_A_PAGE = 50
# The last event of the previous page. The next page begins after it.
_after: contextvars.ContextVar[str | None] = contextvars.ContextVar("after", default=None)


def apply(settings: Settings) -> None:
    """Name the recorded calls, and add pages."""
    put_in_front(app, "_maybe_record_cloudtrail", _record)
    put_in_front(app, "_ct_event_name", _name)
    put_in_front(cloudtrail, "record_event", _with_session)
    put_in_front(cloudtrail, "_get_event_queue", _older_events)
    put_in_front(cloudtrail, "_lookup_events", _page)
    cloudtrail._DISPATCH["LookupEvents"] = cloudtrail._lookup_events


def _record(original: Original, service: str, *request: Any) -> None:  # noqa: ANN401 -- the library's own
    method, path, headers, body, query_params, *rest = request
    parameters = app._routing_params(method, path, headers, body, query_params)
    original(service, method, path, headers, body, parameters, *rest)


def _name(original: Original, service: str, method: str, path: str, *request: object) -> str:
    operation = iam_actions._match_rest_action(service, method, path, request[-1])
    return operation or str(original(service, method, path, *request))


def _with_session(original: Original, **event: Any) -> None:  # noqa: ANN401 -- the library's own
    session = sts._sessions.get(event["access_key_id"])
    if session:
        event["username"] = session["Arn"].rsplit("/", 1)[-1]
    original(**event)


def _older_events(original: Original) -> Iterable[Json]:
    events: Iterable[Json] = original()
    last = _after.get()
    return events if last is None else list(itertools.takewhile(lambda event: event["EventId"] != last, events))


def _page(original: Original, body: Json) -> Response:
    token = _after.set(body.get("NextToken"))
    try:
        status, headers, answer = original(body)
    finally:
        _after.reset(token)
    page = json.loads(answer)
    events = page.get("Events") or []
    if len(events) == min(int(body.get("MaxResults") or _MOST_ON_A_PAGE), _MOST_ON_A_PAGE):
        page["NextToken"] = events[-1]["EventId"]
    return status, headers, json.dumps(page).encode()
