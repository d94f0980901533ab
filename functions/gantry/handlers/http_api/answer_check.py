"""AnswerCheck: POST /hooks/{check}, by a target's account. The API has checked the signature."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from gantry.handlers import entry
from gantry.handlers.http_api.approval_responses import json_response
from gantry.handlers.http_api.check_answer import InvalidAnswerError, read_answer
from gantry.handlers.http_api.request_facts import caller_of
from gantry.observability import logger
from gantry.use_cases.answer_check import HookCaller, HookEndedError, HookNotFoundError, answer_check

app = APIGatewayHttpResolver()
_UNKNOWN = (
    "No check with this id waits for an answer of this caller. Take the role of the pipeline's hooks, with the id of "
    "the target's account as the session's name."
)
_LATE = "This check was answered before, or its time is over. Nothing was changed."


@app.not_found
def no_route(_: NotFoundError) -> Response[str]:
    """Answer an id with characters that none has and no route accepts."""
    return json_response({"error": _UNKNOWN}, HTTPStatus.NOT_FOUND)


@app.post("/hooks/<callback_id>")
def answer(callback_id: str) -> Response[str]:
    """Accept the answer of a check that goes on after its function has returned."""
    event = app.current_event
    try:
        given = read_answer(event)
        answer_check(callback_id, HookCaller.of(caller_of(event)), given, entry.services())
    except InvalidAnswerError as error:
        return json_response({"error": str(error)}, error.status)
    except HookNotFoundError:
        return json_response({"error": _UNKNOWN}, HTTPStatus.NOT_FOUND)
    except HookEndedError:
        return json_response({"error": _LATE}, HTTPStatus.CONFLICT)
    return json_response({"check": callback_id, "status": given.status})


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the HTTP API's response."""
    return entry.answered(app, event, context)
