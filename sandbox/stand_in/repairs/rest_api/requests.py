"""Requests to a stage.

Restores: each request of a stage with a canary goes to the canary by chance, as often as `percentTraffic` says. The
next request of the same caller may go elsewhere. An unsigned request finds an API in every account. Whether the canary
uses the stage's cache does not matter here, because nothing is cached.
https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html
"""

import random
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.core.responses import request_scope
from ministack.services import apigateway_v1

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.repairs.rest_api.access_logs import write_log
from sandbox.stand_in.repairs.rest_api.metrics import count
from sandbox.stand_in.repairs.rest_api.snapshots import Served, current, served_by, serving
from sandbox.stand_in.settings import Settings

_ALL = 100

_chosen: ContextVar[dict[tuple[str, str], Served] | None] = ContextVar("chosen", default=None)
"""What the present request is served with: it is asked for more than once, but chance decides once."""


def apply(settings: Settings) -> None:
    """Choose first, and let the library see only what was chosen."""
    chance = random.Random(settings.seed)  # noqa: S311 -- decides nothing but the split

    def choose(api_id: str, stage_name: str) -> Served | None:
        """Return what serves the request, in the API's account and region."""
        choices = _chosen.get()
        if choices is None or (api_id, stage_name) not in choices:
            stage = (apigateway_v1._stages_v1.get(api_id) or {}).get(stage_name)
            if stage is None:
                return None
            percent = (stage.get("canarySettings") or {}).get("percentTraffic", 0.0)
            choice = served_by(api_id, stage, canary=chance.random() * _ALL < percent)
            if choices is None:
                return choice
            choices[api_id, stage_name] = choice
        return choices[api_id, stage_name]

    def authorization_type(original: Original, api_id: str, stage_name: str, *rest: object) -> str | None:
        scope = apigateway_v1.find_api_scope(api_id)
        if scope is None:
            return None
        with request_scope(*scope):
            served = choose(api_id, stage_name)
        if served is None:
            return None
        with serving(served):
            kind: str | None = original(api_id, stage_name, *rest)
        return kind

    async def execute(original: Original, api_id: str, stage_name: str, *rest: object) -> Response:
        served = choose(api_id, stage_name)
        if served is None:
            return await original(api_id, stage_name, *rest)
        return await _timed(served, lambda: original(api_id, stage_name, *rest), *rest)

    put_in_front(apigateway_v1, "find_api_scope", _of_any_account)
    put_in_front(apigateway_v1, "method_authorization_type", authorization_type)
    put_in_front(apigateway_v1, "_handle_execute_in_scope", execute)
    put_in_front(apigateway_v1, "_execute_in_scope", _note_request)
    put_in_front(app, "_handle_execute_api_request", _choose_once)


async def _timed(served: Served, answer: Callable[[], Awaitable[Response]], *request: Any) -> Response:  # noqa: ANN401
    method, path, headers = request[:3]
    began = time.time()
    with serving(served):
        response = await answer()
    write_log(served, method, path, headers, response, began)
    count(served, response[0], began)
    return response


async def _note_request(original: Original, request: Json, *rest: object) -> object:
    served = current()
    if served is not None:
        served.request = request
    return await original(request, *rest)


async def _choose_once(original: Original, *request: object, **options: object) -> Response | None:
    token = _chosen.set({})
    try:
        answer: Response | None = await original(*request, **options)
    finally:
        _chosen.reset(token)
    return answer


def _of_any_account(_original: Original, api_id: str) -> tuple[str, str] | None:
    places = ((place[0], place[1]) for place, _ in apigateway_v1._rest_apis.all_items() if place[2] == api_id)
    return next(places, None)
