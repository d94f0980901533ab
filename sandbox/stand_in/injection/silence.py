"""Calls to Lambda that get no answer, as when a region has an outage: the client waits until it gives up."""

import asyncio
import re
from collections import Counter
from http import HTTPStatus
from urllib.parse import unquote

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import lambda_svc

from sandbox.stand_in.repairs.replacing import Original, Response, put_in_front

_FUNCTION = re.compile(r"/functions/(?:[^/]*:function:)?([^/:]+)")
_LOOK_AGAIN_SECONDS = 0.1
_Place = tuple[str, str]
_silent: set[tuple[_Place, str | None]] = set()
_unanswered: Counter[_Place] = Counter()


def apply() -> None:
    """Hold calls up before anything is done for them."""
    put_in_front(lambda_svc, "handle_request", _answer)


def begin(function: str | None) -> None:
    """Leave calls about the function (None: all calls) in the current account and region unanswered."""
    _silent.add((_place(), function))


def end(function: str | None) -> None:
    """Answer again."""
    _silent.discard((_place(), function))


def unanswered() -> int:
    """Return how many calls in the current account and region have got no answer."""
    return _unanswered[_place()]


def _place() -> _Place:
    return get_account_id(), get_region()


async def _answer(original: Original, method: str, path: str, *request: object) -> Response:
    found = _FUNCTION.search(unquote(path))
    hung = {(_place(), None), (_place(), found[1] if found else None)}
    if not hung & _silent:
        answer: Response = await original(method, path, *request)
        return answer
    _unanswered[_place()] += 1
    while hung & _silent:
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    message = "The AWS Lambda service encountered an internal error."
    lost: Response = error_response_json("ServiceException", message, HTTPStatus.INTERNAL_SERVER_ERROR)
    return lost
