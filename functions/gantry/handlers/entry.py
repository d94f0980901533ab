"""What every handler shares: the services of this cold start, and the way from JSON to typed values and back."""

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from aws_lambda_powertools.utilities.typing import LambdaContext as LambdaContext  # noqa: PLC0414 -- handlers take it from here
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.promotion_origin import as_name
from gantry.use_cases.services import Services

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver

Model = TypeVar("Model")
Typed = TypeVar("Typed", bound=BaseModel)
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
"""Made once for each kind of request: building one takes longer than using it."""


@cache
def services() -> Services:
    """Return the services, made once for each cold start."""
    return Services(os.environ)


def at_start(make: Callable[[Services], object], *events: type[Any]) -> None:
    """Do what the first invocation would have to do, while the function starts; for functions that somebody waits for.

    It has a whole CPU then, whatever its memory:
    https://serverlessland.com/content/service/lambda/guides/effectively-running-java-on-serverless/init-heavy-lifting
    Elsewhere nothing happens, so that a handler can be imported without its environment.

    Args:
        make: uses those services that an invocation will use.
        events: what it will parse.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        make(services())
        for kind in events:
            _adapter(kind)


def parse(kind: type[Model], event: object, advice: str = "") -> Model:
    """Return the typed request in an event: a dataclass or a model. Keys that it does not have are passed over.

    Args:
        kind: what the event should be.
        event: any JSON.
        advice: a sentence that says what a person should do instead.

    Raises:
        InvalidRequestError: the event is no such request. Somebody has invoked the function, or has started the
            machine, with something else; or the definition and the code do not fit together. No value of it is in the
            message, as it may be a secret.
    """
    try:
        parsed: Model = _adapter(kind).validate_python(event)
    except ValidationError as error:
        from gantry.handlers.input_problems import input_problems, refusal  # noqa: PLC0415 -- a right one needs none

        said = refusal(input_problems(kind, error, shows_values=False))
        raise InvalidRequestError(f"{said} {advice}".strip()) from None
    return parsed


def _adapter(kind: type[Model]) -> TypeAdapter[Model]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def payload(result: "DataclassInstance") -> dict[str, Any]:
    """Return a typed result as the JSON that the definition reads."""
    return asdict(result)


def seconds_left(context: LambdaContext, to_answer: float) -> float:
    """Return how long a function may work before it has to begin its answer, which takes `to_answer` seconds."""
    return max(context.get_remaining_time_in_millis() / 1000 - to_answer, 1.0)


Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


def is_rehearsal(event: object) -> bool:
    """Whether RehearseRollbacks has invoked the function."""
    return isinstance(event, Mapping) and "rehearsal" in event


def answered(app: "ApiGatewayResolver", event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the HTTP API's response.

    Raises:
        InvalidRequestError: the event is none of the HTTP API's.
    """
    if not isinstance(event, Mapping) or "requestContext" not in event:
        message = (
            "This function answers requests of the pipeline's HTTP API only. Send it one, or use the command line."
        )
        raise InvalidRequestError(message)
    return app.resolve(dict(event), context)


def rehearsed(handler: Handler) -> Handler:
    """Let a function of the emergency path be called for nothing but to be awake when it is needed.

    RehearseRollbacks sends it `{"rehearsal": …}`. Its imports are done by then, and nothing else happens.
    """

    @wraps(handler)
    def called(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        return {"awake": True} if is_rehearsal(event) else handler(event, context)

    return called


class PersonsInput(BaseModel):
    """An input typed by a person: unknown keys are most likely misspelt ones, and are refused."""

    model_config = ConfigDict(extra="forbid")


def persons_name(typed: str) -> str:
    """Return the name that a person typed, not longer than a mail address can be.

    Raises:
        ValueError: it cannot be a name.
    """
    name = as_name(typed)
    if name is None:
        message = "give a mail address or a user name, in printable characters"
        raise ValueError(message)
    return name


def from_person(model: type[Typed], value: object, example: str) -> Typed:
    """Check what a person typed, whatever JSON it is.

    Raises:
        InvalidRequestError: with every problem, and an example of what would be right.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        from gantry.handlers.input_problems import input_problems, refusal  # noqa: PLC0415 -- a right one needs none

        raise InvalidRequestError(refusal(input_problems(model, error), example)) from None
