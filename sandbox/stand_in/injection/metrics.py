"""The stand-in's side of `sandbox.stand_in.metrics`."""

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch

from sandbox.stand_in.repairs.cloudwatch import metric_data
from sandbox.stand_in.repairs.functions.metrics import counted_by, record_requests, record_throttles
from sandbox.stand_in.repairs.load_balancers.metrics import Way, record_answers, record_failed_connections
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.repairs.scope import in_scope

_faults: dict[tuple[str, str], Json] = {}
"""The fault of each account and region."""


def apply() -> None:
    """Let calls be refused, and results have a status."""
    put_in_front(cloudwatch, "_get_metric_data", _get)
    put_in_front(metric_data, "_result", _result)


def serve(body: Json) -> None:
    """Do what a test asks for."""
    place = (body["account"], body["region"])
    match body["what"]:
        case "record":
            in_scope(*place, _record, body)
        case "answers":
            in_scope(*place, _record_answers, body)
        case "recover":
            _faults.pop(place, None)
        case _:
            _faults[place] = body


def _record(body: Json) -> None:
    for dimensions in counted_by(body["function"], body["alias"], body["version"]):
        if body["requests"]:
            record_requests(dimensions, body["at"], body["requests"], body["failed"], body["milliseconds"])
        record_throttles(dimensions, body["at"], body["throttled"])


def _record_answers(body: Json) -> None:
    way, at = Way(body["load_balancer"], body["group"]), body["at"]
    for status, times in ((200, body["requests"] - body["failed"]), (500, body["failed"])):
        if times:
            record_answers(way, at, status, body["milliseconds"] / 1000, times)
    if body["unreachable"]:
        record_failed_connections(way, at, body["unreachable"])


def _get(original: Original, params: Json, request: Json, is_cbor: bool, is_json: bool = False) -> Response:
    fault = _fault("refuse")
    answer: Response
    if fault and any(_is_about(fault, query) for query in request["MetricDataQueries"]):
        answer = cloudwatch._error(fault["code"], fault["message"], 400, use_json=is_json, use_cbor=is_cbor)
    else:
        answer = original(params, request, is_cbor, is_json)
    return answer


def _result(original: Original, query: Json, *details: Any) -> Json:  # noqa: ANN401 -- as the repair has them
    result: Json = original(query, *details)
    fault = _fault("answer")
    if fault and _is_about(fault, query):
        result |= {"Timestamps": [], "Values": [], "StatusCode": fault["status"]}
    return result


def _fault(what: str) -> Json | None:
    fault = _faults.get((get_account_id(), get_region()))
    return fault if fault and fault["what"] == what else None


def _is_about(fault: Json, query: Json) -> bool:
    metric = ((query.get("MetricStat") or {}).get("Metric") or {}).get("MetricName")
    return fault["metric"] in {None, metric}
