"""Aliases with weights.

Restores: an alias refuses versions that do not exist, weights outside 0 to 1, the same version twice, `$LATEST` beside
another version, and versions with different roles. It sends the configured share of invocations to the additional
version, which `ExecutedVersion` and the metrics name. This is also so if API Gateway invokes the alias.
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

import contextvars
import random
from collections.abc import Iterator

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.repairs.scope import in_scope
from sandbox.stand_in.settings import Settings

# A function, the configuration of one of its versions, and its name.
Record = tuple[Json | None, Json | None, str]
# The ARN of the alias that was invoked.
_invoked_as: contextvars.ContextVar[str] = contextvars.ContextVar("invoked_as", default="")


def apply(settings: Settings) -> None:
    """Check aliases when they are written, and split their invocations."""
    put_in_front(lambda_svc, "_create_alias", _create)
    put_in_front(lambda_svc, "_update_alias", _update)
    chance = random.Random(settings.seed)  # noqa: S311 -- decides nothing but the split

    async def invoke(original: Original, name: str, event: object, headers: dict[str, str], *where: object) -> Response:
        qualifier = qualifier_of(*where)
        chosen = _choose(name, qualifier, chance.random())
        if chosen is None:
            return await original(name, event, headers, *where)
        token = _invoked_as.set(f"{lambda_svc._func_arn(name)}:{qualifier}")
        try:
            split: Response = await original(name, event, headers, chosen, {})
        finally:
            _invoked_as.reset(token)
        return split

    def record(original: Original, function: str, **place: str | None) -> Record:
        found: Record = original(function, **place)
        name, _, alias = function.rpartition(":")
        if found[1] is None or not name.endswith(found[1]["FunctionName"]):
            return found
        where = found[1]["FunctionArn"].split(":")
        chosen = in_scope(where[4], where[3], _choose, found[1]["FunctionName"], alias, chance.random())
        if chosen is not None:
            found = original(f"{name}:{chosen}", **place)
        return _under_the_invoked_arn(found, ":".join([*where[:7], alias]))

    put_in_front(lambda_svc, "_invoke", invoke)
    put_in_front(lambda_svc, "_get_func_record_for_ref_in_scope", record)
    put_in_front(lambda_svc, "_execute_function", _under_the_alias_name)


def _under_the_invoked_arn(found: Record, arn: str) -> Record:
    record, config, name = found
    return record, config and {**config, "FunctionArn": arn}, name


def qualifier_of(path_qualifier: object = None, query_params: object = None) -> str | None:
    """Return the version or alias that is invoked; a request has it in one of two places."""
    qualifier = path_qualifier or lambda_svc._qp_first(query_params or {}, "Qualifier")
    return str(qualifier) if qualifier else None


def _choose(name: str, qualifier: str | None, point: float) -> str | None:
    """Return the additional version if the point, from 0 to 1, falls into its share; None is the primary version."""
    function = lambda_svc._functions.get(name)
    alias = function["aliases"].get(qualifier) if function else None
    weights = ((alias or {}).get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return next((version for version, weight in weights.items() if point < float(weight)), None)


def _under_the_alias_name(original: Original, func: Json, event: object) -> Json:
    """Let the function and the metrics see the invoked ARN, whichever version runs."""
    arn, config = _invoked_as.get(), func.get("config") or func
    if arn and config.get("FunctionArn", "").startswith(arn.rsplit(":", 1)[0] + ":"):
        func = {**func, "config": {**config, "FunctionArn": arn}}
    result: Json = original(func, event)
    return result


def _create(original: Original, name: str, data: Json) -> Response:
    return _refusal(name, data, {}) or original(name, data)


def _update(original: Original, name: str, alias: str, data: Json) -> Response:
    function = lambda_svc._functions.get(name)
    current = function["aliases"].get(alias) if function else None
    return (current and _refusal(name, data, current)) or original(name, alias, data)


def _refusal(name: str, data: Json, current: Json) -> Response | None:
    function = lambda_svc._functions.get(name)
    if function is None:
        return None
    primary = data.get("FunctionVersion") or current.get("FunctionVersion")
    routing = data.get("RoutingConfig", current.get("RoutingConfig")) or {}
    mistake = next(_mistakes(name, function, primary, routing.get("AdditionalVersionWeights") or {}), None)
    if mistake is None:
        return None
    code, message = mistake
    status = 404 if code == "ResourceNotFoundException" else 400
    return error_response_json(code, message, status)


def _mistakes(name: str, function: Json, primary: str | None, weights: dict[str, float]) -> Iterator[tuple[str, str]]:
    invalid = "InvalidParameterValueException"
    for version in (primary, *weights):
        if version and version != "$LATEST" and version not in function["versions"]:
            yield "ResourceNotFoundException", f"Function not found: {lambda_svc._func_arn(name)}:{version}"
    if weights and "$LATEST" in (primary, *weights):
        yield invalid, "$LATEST is not supported for an alias pointing to more than 1 version"
    if primary in weights:
        yield (
            invalid,
            f"Invalid function version {primary}. "
            f"Function version {primary} is already included in routing configuration.",
        )
    if len(weights) > 1:
        yield invalid, "Number of items in AdditionalVersionWeights cannot be greater than 1."
    if any(not 0 <= float(weight) <= 1 for weight in weights.values()):
        yield (
            "ValidationException",
            "Value at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy "
            "constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or "
            "equal to 0.0]",
        )
    if weights and not _alike([function["versions"][version]["config"] for version in (primary, *weights)]):
        yield invalid, "The versions of an alias with weights must have the same execution role and dead-letter queue"


def _alike(configs: list[Json]) -> bool:
    return all(config.get(key) == configs[0].get(key) for config in configs for key in ("Role", "DeadLetterConfig"))
