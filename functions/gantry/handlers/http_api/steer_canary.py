"""SteerCanary: POST /canaries/{action}, by a caller that IAM knows. It is the only way to steer a canary."""

from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import Field

from gantry.handlers import entry
from gantry.handlers.http_api.approval_responses import json_response
from gantry.handlers.http_api.json_body import json_object
from gantry.handlers.http_api.request_facts import caller_of
from gantry.observability import logger
from gantry.promotion.errors import InvalidRequestError, PolicyError
from gantry.promotion.steering import Action
from gantry.promotion.timestamps import iso
from gantry.promotion.visible_text import LONGEST_REASON
from gantry.use_cases.steer_canary import NoCanaryError, steer_canary
from gantry.use_cases.steering_request import SteeringRequest

app = APIGatewayHttpResolver()
EXAMPLE = '{"service": "cowsay", "environment": "prod", "reason": "the numbers look odd"}'
_ACTIONS = ", ".join(Action)


class SteeringWish(entry.PersonsInput):
    """The body of a call."""

    service: Annotated[str, Field(min_length=1)]
    environment: Annotated[str, Field(min_length=1)]
    target: str | None = None
    """The target's id; left out for all of the environment."""
    step: Annotated[int, Field(ge=1)] | None = None
    """The step that the caller has seen; left out for whichever it is at."""
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] | None = None


@app.not_found
def no_route(_: NotFoundError) -> Response[str]:
    """Answer an action with characters that no route accepts."""
    return _no_action()


@app.post("/canaries/<action>")
def steer(action: str) -> Response[str]:
    """Steer the canaries of an environment, and say what came of it for each."""
    if action not in set(Action):
        return _no_action()
    try:
        steered = steer_canary(_request(Action(action), app.current_event), entry.services())
    except InvalidRequestError as error:
        return json_response({"error": f"{error} Nothing was changed."}, HTTPStatus.BAD_REQUEST)
    except NoCanaryError as error:
        return json_response({"error": f"{error} Nothing was changed."}, HTTPStatus.NOT_FOUND)
    except PolicyError as error:
        return json_response({"error": f"{error} Nothing was changed."}, HTTPStatus.CONFLICT)
    body: dict[str, Any] = {"canaries": [asdict(each) for each in steered]}
    if all(each.refused for each in steered):
        return json_response(body | {"error": _why(steered[0].refused)}, HTTPStatus.CONFLICT)
    return json_response(body, HTTPStatus.ACCEPTED)


def _no_action() -> Response[str]:
    error = f"There is no such action. Nothing was changed. There are {_ACTIONS}."
    return json_response({"error": error}, HTTPStatus.NOT_FOUND)


def _why(refused: str | None) -> str:
    return f"{refused} Nothing was changed."


def _request(action: Action, event: APIGatewayProxyEventV2) -> SteeringRequest:
    caller = caller_of(event)
    if not caller.startswith("arn:"):
        raise InvalidRequestError("The call is not signed, so nobody knows who steers the canary.")
    wish = entry.from_person(SteeringWish, json_object(event, EXAMPLE), EXAMPLE)
    at = iso(datetime.fromtimestamp(event.request_context.time_epoch / 1000, UTC))
    return SteeringRequest(action, wish.service, wish.environment, wish.target, caller, at, wish.reason, wish.step)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the HTTP API's response."""
    return entry.answered(app, event, context)
