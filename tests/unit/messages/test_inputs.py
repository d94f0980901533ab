"""What people read who start a machine, or invoke a function, with something that it cannot use."""

import json
from base64 import b64encode
from importlib import import_module
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from gantry.handlers import entry
from gantry.handlers.http_api.answer_form import InvalidBodyError, read_call
from gantry.handlers.http_api.check_answer import InvalidAnswerError, read_answer
from gantry.handlers.http_api.preview_call import PreviewWish
from gantry.handlers.http_api.steer_canary import SteeringWish
from gantry.handlers.promotion_input import PromotionInput, PromotionWish, promotion_request
from gantry.handlers.rollback_machine.rollback_input import RollbackInput, rollback_input
from gantry.promotion.errors import InvalidRequestError
from gantry.use_cases.acquire_lease import AcquireRequest
from tests.unit.messages.foreign_words import FOREIGN

NO_OBJECTS = [["x"], [1], None, "x", 5, True, [], [{"repository": "cowsay"}]]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
TYPED: list[type[BaseModel]] = [PromotionInput, PromotionWish, RollbackInput, SteeringWish, PreviewWish]
KEYS = [(model, key) for model in TYPED for key in model.model_fields]


def refused(read: Any, value: object) -> str:
    with pytest.raises(InvalidRequestError) as raised:
        read(value)
    assert raised.value.__cause__ is None, "no trace of a library"
    said = str(raised.value)
    assert not FOREIGN.search(said), said
    assert said.endswith(".")
    return said


@pytest.mark.parametrize("value", NO_OBJECTS)
@pytest.mark.parametrize("read", [promotion_request, rollback_input])
def test_an_input_that_is_no_object_is_told_what_one_looks_like(read: Any, value: object) -> None:
    said = refused(read, value)
    assert said.startswith("This input cannot be used: ")
    assert ", not a JSON object; give one with {…}. A correct one looks like {" in said


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"environments": "prod"}, 'environments: "prod" is text, not a list; give ["prod"]'),
        ({"environments": []}, "environments: the list is empty; give at least one"),
        ({"environments": [5]}, "environments[0]: 5 is a number, not text; give text in quotes"),
        ({"environments": None, "tag": 1.5}, "tag: 1.5 is a number, not text; give text in quotes"),
        ({"tag": ["4f0c2d1"]}, "tag: it is a list, not text; give text in quotes"),
        ({"digest": "4f0c2d1"}, "digest: '4f0c2d1' cannot be one; give sha256: and 64 hex digits"),
        ({"tagg": "x"}, "tagg: unknown key; did you mean 'tag'? Known are repository, artifact, tag"),
        ({"artifact": "a"}, 'artifact: "a" is text, not a JSON object; give one with {…}'),
        ({"artifact": {"bucket": "acme-artifacts"}}, "artifact.key: missing"),
        ({"release_from_quarantine": "no"}, "release_from_quarantine: it is too short; give at least 10 characters"),
    ],
)
def test_a_wrong_shape_is_said_in_the_words_of_json(given: dict[str, Any], problem: str) -> None:
    assert problem in refused(promotion_request, {"repository": "cowsay", "tag": "4f0c2d1"} | given)


@settings(deadline=None)  # a busy machine is no reason to fail
@given(st.sampled_from(KEYS), JSON_VALUES)
def test_whatever_somebody_types_is_taken_or_refused_without_the_words_of_a_library(
    typed: tuple[type[Any], str], value: object
) -> None:
    model, key = typed
    said = ""
    try:
        entry.from_person(model, {key: value}, "{}")
    except InvalidRequestError as error:
        said = str(error)
    assert not FOREIGN.search(said)


@settings(deadline=None)
@given(JSON_VALUES)
def test_whatever_a_deployment_is_started_with_is_refused_without_its_values(value: object) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        entry.parse(
            AcquireRequest, {"deployment": value, "execution": "x", "entered_at": "sk_live_s3cret"}, "Start it."
        )
    assert not FOREIGN.search(str(raised.value))
    assert "s3cret" not in str(raised.value)
    assert str(raised.value).endswith("Start it.")


HANDLERS = [
    *(f"event_rules.{each}" for each in ("repair_target", "close_promotion", "start_promotion", "on_alarm")),
    *(f"event_rules.{each}" for each in ("on_bounce", "on_target_event", "write_back")),
    *(f"http_api.{each}" for each in ("show_status", "look_for_drift", "show_approval", "steer_canary")),
    *(
        f"http_api.{each}"
        for each in ("start_promotion_by_call", "preview_promotion", "decide_approval", "answer_check")
    ),
    *(f"deployment_machine.{each}" for each in ("acquire_lease", "bake", "inspect_target")),
    *(f"rollback_machine.{each}" for each in ("restore_version", "wake_version", "record_rollback", "stop_deployment")),
    *(f"promotion_machine.{each}" for each in ("resolve_release", "record_promotion", "check_gates")),
]


class Context:
    """What the runtime says of an invocation."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "x"


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("value", [["x"], None, 5, "x"])
@pytest.mark.parametrize("name", HANDLERS)
def test_a_function_that_a_person_invokes_with_something_else_says_so(name: str, value: Any) -> None:
    handler = import_module(f"gantry.handlers.{name}").handler
    refused(lambda event: handler(event, Context()), value)


def test_every_request_that_is_parsed_can_be_refused_in_words() -> None:
    """The adapters of dataclasses and of models both."""
    assert TypeAdapter(AcquireRequest)
    assert "deployment: missing" in refused(lambda value: entry.parse(AcquireRequest, value), {})


def request(body: bytes) -> APIGatewayProxyEventV2:
    return APIGatewayProxyEventV2(
        {
            "headers": {"content-type": "application/json"},
            "body": b64encode(body).decode(),
            "isBase64Encoded": True,
        }
    )


@settings(deadline=None)
@given(
    st.sampled_from([read_call, read_answer]),
    st.binary(max_size=20)
    | st.builds(
        lambda key, value: json.dumps({key: value}).encode(),
        st.sampled_from(["decision", "reason", "status", "digest", "environment", "\x1b[31m", "nonce"]),
        JSON_VALUES,
    ),
)
def test_whatever_an_answer_is_it_is_refused_in_words_and_nothing_of_it_reaches_a_terminal_raw(
    read: Any, body: bytes
) -> None:
    with pytest.raises((InvalidBodyError, InvalidAnswerError)) as raised:
        read(request(body))
    said = str(raised.value)
    assert not FOREIGN.search(said)
    assert said.endswith(".")
    assert said.isprintable()


@pytest.mark.parametrize(
    "hostile", ["\x1b[31mred", "a\x00b", "\x1b]0;title\x07", "a\r\nforged: line", "\u202eevil", "\x9b2J"]
)
@pytest.mark.parametrize("key", ["repository", "tag", "environments", "digest", "artifact", "started_by", "\x1b[2J"])
def test_nothing_of_an_input_reaches_a_terminal_or_a_log_raw(key: str, hostile: str) -> None:
    said = refused(promotion_request, {"repository": "cowsay", "tagg": "x", key: hostile, f"key {hostile}": 1})
    assert said.isprintable()


def test_a_very_long_input_is_cut() -> None:
    said = refused(promotion_request, {"repository": "x " * 50_000, "tag": "y " * 50_000, "z" * 50_000: 1})
    assert len(said) < 2_000
