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


def parse(kind: type[Model], event: Mapping[str, Any]) -> Model:
    """Return the typed request in an event: a dataclass or a model. Keys that it does not have are passed over.

    Raises:
        ValidationError: the event is no such request. The definition and the code do not fit together.
    """
    parsed: Model = _adapter(kind).validate_python(event)
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


def rehearsed(handler: Handler) -> Handler:
    """Let a function of the emergency path be called for nothing but to be awake when it is needed.

    RehearseRollbacks sends it `{"rehearsal": …}`. Its imports are done by then, and nothing else happens.
    """

    @wraps(handler)
    def called(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        return {"awake": True} if "rehearsal" in event else handler(event, context)

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


def from_person(model: type[Typed], value: Mapping[str, Any], example: str) -> Typed:
    """Check what a person typed.

    Raises:
        InvalidRequestError: with every problem, and an example of what would be right.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'input'}: {each['msg']}" for each in error.errors())
        message = f"This input cannot be used: {problems}. A correct one looks like {example}"
        raise InvalidRequestError(message) from error
