"""State machine definitions are checked when they are created, updated or validated.

Restores: CreateStateMachine refuses invalid definitions and transitions that lead nowhere, with `InvalidDefinition` and
the place of the mistake. The library creates such a machine, which then fails when it runs.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html

A definition is parsed once, and not for each execution, which took longer than many of their states.
"""

import json
from collections.abc import Iterator
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser, ASLParserException
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Check a definition before it is stored."""
    trees: dict[str, Any] = {}

    def parse_once(original: Original, definition: str) -> tuple[Any, Any]:
        if definition in trees:
            return Preprocessor().visit(trees[definition]), trees[definition]
        program, trees[definition] = original(definition)
        return program, trees[definition]

    put_in_front(AmazonStateLanguageParser, "parse", parse_once)
    put_in_front(stepfunctions, "_create_state_machine", _refuse_a_bad_definition)
    put_in_front(stepfunctions, "_update_state_machine", _refuse_a_bad_definition)
    put_in_front(stepfunctions, "_validate_state_machine_definition", _validate)


def _refuse_a_bad_definition(original: Original, data: Json) -> Response:
    mistake = mistake_in(data["definition"]) if "definition" in data else None
    if mistake:
        message = f"Invalid State Machine Definition: '{mistake}'"
        return error_response_json("InvalidDefinition", message, 400)
    return original(data)


def _validate(_original: Original, data: Json) -> Response:
    definition = data.get("definition", "")
    mistake = mistake_in(definition) or stepfunctions._validate_definition_jsonata(definition)
    diagnostics = []
    if mistake:
        code, place = mistake.split(":")[0], mistake.rsplit(" at ", 1)[-1]
        diagnostics = [{"severity": "ERROR", "code": code, "message": mistake, "location": place}]
    return json_response({"result": "FAIL" if mistake else "OK", "diagnostics": diagnostics})


def mistake_in(definition: str) -> str | None:
    """Return the first mistake, as `CODE: what at /where`."""
    try:
        document = json.loads(definition)
    except (TypeError, ValueError) as error:
        return f"INVALID_JSON_DESCRIPTION: {error}"
    try:
        AmazonStateLanguageParser.parse(definition)
    except ASLParserException as error:
        return f"SCHEMA_VALIDATION_FAILED: {error!r}"
    except Exception as error:
        return f"SCHEMA_VALIDATION_FAILED: {type(error).__name__} {error.args}"
    return next(_dead_ends(document, ""), None)


def _dead_ends(machine: Json, path: str) -> Iterator[str]:
    states = machine.get("States", {})
    if machine.get("StartAt") not in states:
        yield f"MISSING_TRANSITION_TARGET: StartAt '{machine.get('StartAt')}' at {path}/StartAt"
    for name, state in states.items():
        place = f"{path}/States/{name}"
        for target in _targets(state):
            if target not in states:
                yield f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {target} at {place}"
        if state["Type"] not in ("Choice", "Succeed", "Fail") and "Next" not in state and not state.get("End"):
            yield f"SCHEMA_VALIDATION_FAILED: Missing 'Next' or 'End' at {place}"
        for part, inner in _inner_machines(state):
            yield from _dead_ends(inner, f"{place}/{part}")


def _targets(state: Json) -> list[str]:
    rules = [*state.get("Catch", []), *state.get("Choices", [])]
    targets = [state.get("Next"), state.get("Default"), *(rule.get("Next") for rule in rules)]
    return [target for target in targets if target]


def _inner_machines(state: Json) -> list[tuple[str, Json]]:
    inner = [(part, state[part]) for part in ("ItemProcessor", "Iterator") if part in state]
    return inner + [(f"Branches[{index}]", branch) for index, branch in enumerate(state.get("Branches", []))]
