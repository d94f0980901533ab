"""Provisioned concurrency.

Restores: Lambda allocates it in its own time, for published versions and for aliases without weights. When an alias
with it moves to another version, Lambda allocates anew: the configuration is `IN_PROGRESS`, and until it is `READY`
Lambda itself keeps a weight on the version before, which GetAlias shows. At first that is all of the traffic.
https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
https://github.com/hashicorp/terraform-provider-aws/pull/48116: `additional_version_weights = {"1": 1}`
https://github.com/hashicorp/terraform/issues/24957: an alias with weights is refused
Nobody documents how the weight ends. Here it is halved once, and then gone; the alias' RevisionId stays.
"""

import threading
from dataclasses import dataclass
from http import HTTPStatus

from ministack.core.responses import error_response_json, json_response
from ministack.services import lambda_svc

from sandbox.stand_in.repairs.functions.states import later
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_SECONDS = 60
_INVALID = "InvalidParameterValueException"


@dataclass(eq=False, slots=True)
class _Move:
    """Lambda's own way from one version to another."""

    old: str
    share: float = 1.0


_moves: dict[str, _Move] = {}
"""By the alias' ARN."""
_allocations: dict[tuple[str, str], object] = {}
"""The one that was begun last, by the names of the function and of the qualifier. Only that one can become ready."""
_lock = threading.RLock()


def apply(settings: Settings) -> None:
    """Let allocations take a while."""
    seconds = _SECONDS * settings.time_scale

    def put(original: Original, name: str, qualifier: str, data: Json) -> Response:
        refusal = _refusal(name, qualifier)
        if refusal:
            return refusal
        answer: Response = original(name, qualifier, data)
        config = _configuration(name, qualifier)
        if config is None or answer[0] != HTTPStatus.ACCEPTED:
            return answer
        with _lock:
            begun = _begin(name, qualifier, config)
        later(lambda each: _allocated(each, name, qualifier, begun), config, seconds)
        return json_response(config, 202)

    def update(original: Original, name: str, alias: str, data: Json) -> Response:
        with _lock:
            if _configuration(name, alias) is None:
                return original(name, alias, data)
            return _updated(original, name, alias, data, seconds)

    put_in_front(lambda_svc, "_put_provisioned_concurrency", put)
    put_in_front(lambda_svc, "_update_alias", update)


def _configuration(name: str, qualifier: str) -> Json | None:
    found: Json | None = (lambda_svc._functions.get(name) or {}).get("provisioned_concurrency", {}).get(qualifier)
    return found


def _refusal(name: str, qualifier: str) -> Response | None:
    alias = (lambda_svc._functions.get(name) or {}).get("aliases", {}).get(qualifier) or {}
    if not qualifier or "$LATEST" in (qualifier, alias.get("FunctionVersion")):
        message = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        return error_response_json(_INVALID, message, 400)
    if alias.get("RoutingConfig"):
        message = "Alias with weights can not be used with Provisioned Concurrency"
        return error_response_json(_INVALID, message, 400)
    return None


def _begin(name: str, qualifier: str, config: Json) -> object:
    nothing = dict.fromkeys((f"{each}ProvisionedConcurrentExecutions" for each in ("Available", "Allocated")), 0)
    config.update({**nothing, "Status": "IN_PROGRESS"})
    _allocations[name, qualifier] = begun = object()
    return begun


def _allocated(config: Json, name: str, qualifier: str, begun: object) -> None:
    with _lock:
        if _allocations.get((name, qualifier)) is begun:
            _ready(config)


def _ready(config: Json) -> None:
    wanted = config["RequestedProvisionedConcurrentExecutions"]
    config.update(
        AvailableProvisionedConcurrentExecutions=wanted, AllocatedProvisionedConcurrentExecutions=wanted, Status="READY"
    )


def _updated(original: Original, name: str, alias_name: str, data: Json, seconds: float) -> Response:
    """Make the update, as if the alias had no weight of Lambda's own, and then let Lambda begin its move."""
    alias = lambda_svc._functions[name]["aliases"][alias_name]
    before, move = alias["FunctionVersion"], _moves.pop(alias["AliasArn"], None)
    if move:
        alias.pop("RoutingConfig", None)
    answer: Response = original(name, alias_name, data)
    if alias["FunctionVersion"] == before:
        if move and not alias.get("RoutingConfig"):
            _show(alias, move)
    elif not alias.get("RoutingConfig"):
        move = _Move(before)
        _show(alias, move)
        _begin(name, alias_name, lambda_svc._functions[name]["provisioned_concurrency"][alias_name])
        later(lambda each: _half(each, move), alias, seconds / 2)
        later(lambda each: _end(each, name, move), alias, seconds)
    return answer


def _show(alias: Json, move: _Move) -> None:
    _moves[alias["AliasArn"]] = move
    alias["RoutingConfig"] = {"AdditionalVersionWeights": {move.old: move.share}}


def _half(alias: Json, move: _Move) -> None:
    with _lock:
        if _moves.get(alias["AliasArn"]) is move:
            move.share /= 2
            _show(alias, move)


def _end(alias: Json, name: str, move: _Move) -> None:
    with _lock:
        if _moves.get(alias["AliasArn"]) is not move:
            return
        del _moves[alias["AliasArn"]]
        alias.pop("RoutingConfig", None)
        config = _configuration(name, alias["Name"])
        if config:
            _ready(config)
