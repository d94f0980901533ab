"""The stand-in's side of `sandbox.stand_in.lambda_faults`."""

from typing import Any

from ministack.services import lambda_svc

from sandbox.stand_in.injection import late_visibility, silence
from sandbox.stand_in.repairs.functions import inactivity
from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.repairs.scope import in_scope


def apply() -> None:
    """Let functions be hidden, and calls be left without an answer."""
    late_visibility.apply()
    silence.apply()


def serve(body: Json) -> Json | None:
    """Do what a test asks for; None if there is no such function or version."""
    return in_scope(body["account"], body["region"], _serve, body)


def _serve(body: Json) -> Json | None:
    function = body.get("function")
    match body["what"]:
        case "hang":
            silence.begin(function)
        case "answer":
            silence.end(function)
        case "hide_new":
            late_visibility.hide_new(str(function), body["seconds"])
        case "sleep" | "look_for_image":
            return _change(body)
    return {"calls": silence.unanswered()}


def _change(body: Json) -> Json | None:
    config: Any
    _, config = lambda_svc._get_func_record_for_qualifier(body["function"], body["version"])
    if config is None:
        return None
    if body["what"] == "sleep":
        inactivity.put_to_sleep(config, body["wakes_after"])
    else:
        inactivity.look_for_image(config)
    return {"state": config["State"]}
