"""The values of a definition: JSON in which `{% … %}` is a JSONata expression."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonata import Jsonata
from jsonata.utils import Utils

Json = dict[str, Any]
_BEGIN, _END = "{%", "%}"


class EvaluationError(Exception):
    """An expression has no value. Step Functions calls this States.QueryEvaluationError."""


def evaluated(template: Any, variables: Mapping[str, Any]) -> Any:
    """Return the template with the value of every expression in it."""
    return _evaluated(template, {name: Utils.NULL_VALUE if each is None else each for name, each in variables.items()})


def _evaluated(template: Any, bound: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        return _value(template.removeprefix(_BEGIN).removesuffix(_END), bound) if is_query(template) else template
    if isinstance(template, Mapping):
        return {name: _evaluated(each, bound) for name, each in template.items()}
    if isinstance(template, list):
        return [_evaluated(each, bound) for each in template]
    return template


def is_query(text: str) -> bool:
    """Whether a text is an expression as a whole. Step Functions knows no others."""
    return text.startswith(_BEGIN) and text.endswith(_END)


def _value(expression: str, bound: Mapping[str, Any]) -> Any:
    try:
        value = _compiled(expression).evaluate(None, bound)
    except Exception as error:
        raise EvaluationError(f"{expression}: {error}") from error
    if value is None:
        raise EvaluationError(f"{expression}: it has no value")
    return Utils.convert_nulls(value)


@cache
def _compiled(expression: str) -> Jsonata:
    """Made once: that takes longer than evaluating it."""
    made = Jsonata.jsonata(expression)
    made.set_output_convert_nulls(False)  # None would mean both null and no value
    made.register_lambda(
        "parse", json.loads
    )  # https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    return made
