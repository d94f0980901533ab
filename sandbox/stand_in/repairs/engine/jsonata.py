"""JSONata in state machines.

Restores: expressions are JSONata 2.0.6 with the functions that Step Functions adds. `$states` and the variables are
bound. Every failure (a type error, an undefined result) is a `States.QueryEvaluationError`, which a `Catch` sees. The
engine has the grammar but no evaluator, and pastes values into the expression's text, where a quote breaks them.
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import json
import re
from typing import Any, Final

from jsonata import Jsonata
from jsonata.utils import Utils
from ministack.services import stepfunctions
from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.jsonata import jsonata as engine_jsonata

from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.settings import Settings

_EVALUATION_MILLISECONDS = 5000  # AWS allows less; a busy machine needs more
# A regular expression or a string (not captured), or a variable. Unlike the engine's own, it ignores a bare `$`.
_VARIABLE_REFERENCE: Final = re.compile(
    r"(?:/(?:\\.|[^\\/])*/[a-zA-Z]*)"
    r"|(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')"
    r"|(\$[A-Za-z0-9_$]+(?:\.[A-Za-z0-9_][A-Za-z0-9_$]*)*)"
)


def apply(settings: Settings) -> None:
    """Give the engine an evaluator."""
    engine_jsonata._PATTERN_VARIABLE_REFERENCE = _VARIABLE_REFERENCE
    StringJSONata._eval_body = _evaluate_in_state


def _evaluate_in_state(self: StringJSONata, env: Environment) -> None:
    bindings = {"states": env.states._states_data, **env.variable_store._outer_scope, **env.variable_store._inner_scope}
    try:
        env.stack.append(evaluate(self.expression, bindings))
    except (ValueError, ArithmeticError, LookupError, TypeError, RuntimeError) as error:
        code = getattr(error, "error", None)
        cause = f"{code}: {error}" if code else str(error)
        raise _query_evaluation_error(env, self.expression, cause) from error


def evaluate(expression: str, bindings: Json) -> object:
    """Return the value of the expression. Raises ValueError, TypeError and the like if it has no JSON value."""
    bound = {name: _for_jsonata(value) for name, value in bindings.items()}
    value = _evaluate(expression, bound)
    if value is None and not _evaluate(f"$exists(({expression}))", bound):
        raise ValueError(f"The JSONata expression '{expression}' returned nothing (undefined).")
    return json.loads(json.dumps(value, default=_not_json))


def _evaluate(expression: str, bindings: Json) -> object:
    compiled = Jsonata.jsonata(expression, timeout=_EVALUATION_MILLISECONDS)
    stepfunctions._register_sfn_jsonata_functions(compiled)
    return compiled.evaluate(None, bindings)


def _for_jsonata(value: object) -> object:
    """Return a copy of plain JSON values. Dates become text, and None becomes null, which None would not be."""
    plain = json.loads(json.dumps(value, default=str))
    return Utils.NULL_VALUE if plain is None else plain


def _not_json(value: object) -> Any:  # noqa: ANN401 -- json.dumps calls it for any value
    if value is Utils.NULL_VALUE:
        return None
    raise TypeError("the expression returned an unsupported result type")


def _query_evaluation_error(env: Environment, expression: str, cause: str) -> FailureEventException:
    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details = EventDetails(
        evaluationFailedEventDetails=EvaluationFailedEventDetails(
            error=name.error_name, cause=f"The JSONata expression '{expression}' failed: {cause}"
        )
    )
    failure = FailureEventException(FailureEvent(env, name, HistoryEventType.EvaluationFailed, details))
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=EventDetails(evaluationFailedEventDetails=failure.get_evaluation_failed_event_details()),
    )
    return failure
