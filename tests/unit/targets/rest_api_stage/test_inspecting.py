import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.errors import IncompatibleTargetError, TargetAccessError, TargetNotFoundError
from gantry.promotion.traffic import Routing
from gantry.targets.findings import Inspection
from gantry.targets.rest_api_stage.access_log_format import FIELDS, as_logged, missing_fields
from gantry.targets.rest_api_stage.making import make_kind
from tests.unit.masked import MASKING
from tests.unit.targets.fake_accounts import FakeAccounts
from tests.unit.targets.fake_logs import COUNTED
from tests.unit.targets.fake_objects import FakeObjects
from tests.unit.targets.fake_stage import LOG_GROUP, FakeStage
from tests.unit.targets.kind_parts import parts
from tests.unit.targets.rest_api_stage.api_targets import API, DIGEST, NAME, TARGET, document, gateway
from tests.unit.targets.rest_api_stage.test_preparation import deployment

GOOD = ",".join(map(as_logged, FIELDS))
URI = (
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:cowsay:${stageVariables.alias}/invocations"
)
ALIASED = json.dumps(
    {"openapi": "3.0.3", "paths": {"/": {"get": {"x-amazon-apigateway-integration": {"uri": URI}}}}}
).encode()


class World:
    """One account with the API, and the artifact buckets."""

    def __init__(self, body: bytes | None = None, **variables: str) -> None:
        self.accounts = FakeAccounts()
        self.gateway = self.accounts.api_gateway_of(TARGET)
        self.gateway.apis = gateway(**variables).apis
        self.functions = self.accounts.lambda_of(TARGET)
        self.logs = self.accounts.logs_of(TARGET)
        self.logs.count(LOG_GROUP, "Latency", "ServerErrors")
        objects = FakeObjects({DIGEST: body or document("/new")})
        self.kind = make_kind(parts(self.accounts, "111111111111", timedelta(), objects))

    @property
    def stage(self) -> FakeStage:
        return self.gateway.apis[API].stages[NAME]

    def permit(self, alias: str, principal: object, *sources: str) -> None:
        condition = {"Condition": {"ArnLike": {"AWS:SourceArn": sources[0] if len(sources) == 1 else list(sources)}}}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "lambda:InvokeFunction"}
        statement |= condition if sources else {}
        self.functions.policies["cowsay", alias] = json.dumps({"Statement": [statement]})

    def inspect(self, wanted: Deployment | None = None) -> Inspection:
        return self.kind.inspect(wanted or deployment(DIGEST), MASKING)


def refusal(world: World, wanted: Deployment | None = None) -> str:
    with pytest.raises(IncompatibleTargetError) as raised:
        world.inspect(wanted)
    return str(raised.value)


def test_a_stage_that_somebody_else_has_deployed_is_found_by_its_deployment() -> None:
    assert World(alias="live").inspect().stable == StableRevision("d00001?alias=live", "deployment:d00001")


def test_a_canary_that_is_left_over_is_refused_with_what_to_do() -> None:
    world = World()
    world.stage.set(canarySettings={"deploymentId": "d00002", "percentTraffic": 5.0})
    assert "has a canary already, at 5 %" in refusal(world)
    assert "op=remove,path=/canarySettings" in refusal(world)


def test_a_canary_that_is_left_over_may_be_gone_by_itself_and_its_log_is_not_mended_by_that() -> None:
    world = World()
    world.stage.set(canarySettings={"deploymentId": "d00002", "percentTraffic": 5.0})
    with pytest.raises(IncompatibleTargetError) as caught:
        world.inspect()
    assert caught.value.may_pass
    world.stage.set(accessLogSettings={"format": '{"status":$context.status}'})
    with pytest.raises(IncompatibleTargetError) as caught:
        world.inspect()
    assert not caught.value.may_pass


def test_a_log_that_does_not_tell_the_canary_apart_is_refused_where_there_are_steps() -> None:
    world = World()
    world.stage.set(accessLogSettings={"format": '{"status":$context.status}'})
    assert '"isCanaryRequest":"$context.isCanaryRequest"' in refusal(world)
    assert world.inspect(replace(deployment(DIGEST), plan=())).stable


@pytest.mark.parametrize(
    ("log_format", "missing"),
    [
        ("", list(FIELDS)),
        ("$context.isCanaryRequest $context.status", list(FIELDS)),
        (f"{{{GOOD}}}", []),
        (f'  {{ "error" : $context.error.messageString, "at":$context.requestTimeEpoch, {GOOD} }}', []),
        (f'{{"caller":"$context.identity.caller",{GOOD}}}', []),
        (f'{{"caller":$context.identity.caller,{GOOD}}}', list(FIELDS)),
        (f"{{{GOOD},}}", list(FIELDS)),
        (f"[{{{GOOD}}}]", list(FIELDS)),
        (f"{{{','.join(map(as_logged, FIELDS[1:]))}}}", [FIELDS[0]]),
        (f"{{{GOOD}}}".replace("$context.status", '"$context.status"'), ["status"]),
        (f"{{{GOOD}}}".replace("$context.responseLatency", '"$context.responseLatency"'), ["responseLatency"]),
        (f"{{{GOOD}}}".replace('"$context.isCanaryRequest"', "$context.isCanaryRequest"), list(FIELDS)),
        (f"{{{GOOD}}}".replace("$context.status", "200"), ["status"]),
        ('{"apiId":"$context.stage","stage":"$context.stageVariables"}', list(FIELDS)),
    ],
)
def test_each_field_has_to_be_in_the_log_under_its_own_name(log_format: str, missing: list[str]) -> None:
    world = World()
    world.stage.content["accessLogSettings"]["format"] = log_format
    if not missing:
        assert world.inspect()
        return
    said = refusal(world)
    assert [each for each in FIELDS if as_logged(each) in said] == missing


def test_without_the_metric_filters_no_errors_would_look_like_none() -> None:
    world = World()
    world.logs.filters.clear()
    assert f"the log group {LOG_GROUP} has no metric filter for Latency and ServerErrors" in refusal(world)
    world.logs.count(LOG_GROUP, "Latency")
    world.logs.count(LOG_GROUP, "ServerErrors", namespace="Other")
    world.logs.count(LOG_GROUP, "ServerErrors", dimensions={"isCanary": "$.isCanaryRequest"})
    assert "no metric filter for ServerErrors in the namespace RestApi" in refusal(world)
    world.logs.count(LOG_GROUP, "ServerErrors")
    assert world.inspect()


@pytest.mark.parametrize(
    ("metric", "changed"),
    [
        ("ServerErrors", {"pattern": "{ $.status > 500 }"}),
        ("ServerErrors", {"pattern": "{ $.status >= 501 && $.isCanaryRequest = * }"}),
        ("ServerErrors", {"pattern": '{ $.status >= 500 && $.resourcePath = "/" }'}),
        ("ServerErrors", {"pattern": '{ $.status >= 500 && $.apiId = "another" }'}),
        ("ServerErrors", {"pattern": '{ $.status >= 500 || $.status = "x" }'}),
        ("ServerErrors", {"pattern": "{ $.isCanaryRequest = * }"}),
        ("ServerErrors", {"pattern": ""}),
        ("ServerErrors", {"metricValue": "0"}),
        ("ServerErrors", {"metricValue": "$.status"}),
        ("Latency", {"pattern": "{ $.responseLatency = * && $.status < 500 }"}),
        ("Latency", {"metricValue": "1"}),
        ("Latency", {"pattern": "{ $.isCanaryRequest = * }"}),
    ],
)
def test_a_filter_that_counts_something_else_is_none(metric: str, changed: dict[str, str]) -> None:
    world = World()
    world.logs.change(LOG_GROUP, metric, **changed)
    assert f"no metric filter for {metric} in the namespace" in refusal(world)


@pytest.mark.parametrize(
    "pattern", ["{$.status>=500}", f'{{ $.apiId = "{API}" && $.stage="{NAME}" &&  $.status >=  500 }}']
)
def test_a_filter_may_be_written_otherwise_and_be_of_this_stage_alone(pattern: str) -> None:
    world = World()
    world.logs.change(LOG_GROUP, "ServerErrors", pattern)
    world.logs.change(LOG_GROUP, "Latency", "{ $.responseLatency >= 0 }")
    assert world.inspect()


def test_the_template_has_the_filters_and_the_log_that_are_asked_for() -> None:
    template = (Path(__file__).parents[4] / "examples/rest-api.template.yaml").read_text()
    for pattern, value in COUNTED.values():
        assert f'FilterPattern: "{pattern}"' in template
        assert re.search(rf'MetricValue: "?{re.escape(value)}"?\n', template)
    (log_format,) = re.findall(r"Format: '(.*)'", template)
    assert missing_fields(log_format) == []


def test_a_log_that_no_metric_can_be_made_of_is_refused() -> None:
    world = World()
    world.stage.content["accessLogSettings"]["destinationArn"] = (
        "arn:aws:firehose:us-east-1:222222222222:deliverystream/a"
    )
    assert "send it to a log group" in refusal(world)


def test_metric_filters_that_cannot_be_read_are_no_missing_ones() -> None:
    world = World()
    world.logs.refuse("describe_metric_filters", "AccessDeniedException", "not authorized")
    with pytest.raises(TargetAccessError, match="update the target stack"):
        world.inspect()
    world.logs.refuse("describe_metric_filters", "ServiceUnavailableException")
    with pytest.raises(ClientError):
        world.inspect()


def test_a_variable_of_the_stage_that_looks_like_a_secret_is_refused_without_its_value() -> None:
    said = refusal(World(api_key="hunter2-hunter2"))
    assert "api_key look like secrets" in said
    assert "hunter2" not in said


def test_variables_that_are_too_long_are_refused() -> None:
    assert "512 characters together" in refusal(World(one="x." * 200, other="y." * 200))


def test_a_document_of_more_than_six_megabytes_is_refused_and_one_of_more_than_one_is_not() -> None:
    assert World(document("/new", info={"description": "x" * 2_000_000})).inspect()
    assert "cannot be deployed" in refusal(World(document("/new", info={"description": "x" * 6 * 1024 * 1024})))


def test_an_alias_that_a_variable_names_needs_a_permission() -> None:
    world = World(ALIASED, alias="live")
    assert "aws lambda add-permission --function-name cowsay:live" in refusal(world)
    world.permit("live", {"Service": "events.amazonaws.com"})
    assert "API Gateway may not invoke cowsay:live" in refusal(world)
    world.permit("live", {"Service": ["events.amazonaws.com", "apigateway.amazonaws.com"]})
    assert world.inspect()


EXECUTE = "arn:aws:execute-api:us-east-1:222222222222"
AUTHORIZED = document(
    "/new",
    components={"securitySchemes": {"a": {"x-amazon-apigateway-authorizer": {"authorizerUri": URI}}}},
)


@pytest.mark.parametrize(
    ("body", "sources", "is_permitted"),
    [
        (ALIASED, [f"{EXECUTE}:{API}/*"], True),
        (ALIASED, [f"{EXECUTE}:{API}/{NAME}/GET/cows"], True),
        (ALIASED, [f"{EXECUTE}:{API}/*/*/*"], True),
        (ALIASED, ["arn:aws:execute-api:*"], True),
        (ALIASED, [f"{EXECUTE}:another/*", f"{EXECUTE}:{API}/*"], True),
        (ALIASED, [f"{EXECUTE}:another/*"], False),
        (ALIASED, [f"{EXECUTE}:{API}/beta/*"], False),
        (ALIASED, [f"{EXECUTE}:{API}/authorizers/*"], False),
        (AUTHORIZED, [f"{EXECUTE}:{API}/authorizers/a1b2c3"], True),
        (AUTHORIZED, [f"{EXECUTE}:{API}/{NAME}/*"], False),
    ],
)
def test_a_permission_for_another_source_is_none(body: bytes, sources: list[str], is_permitted: bool) -> None:
    world = World(body, alias="live")
    world.permit("live", {"Service": "apigateway.amazonaws.com"}, *sources)
    if is_permitted:
        assert world.inspect()
    else:
        assert f"and the source {EXECUTE}:{API}/" in refusal(world)


def test_the_alias_that_the_release_brings_is_looked_at() -> None:
    world = World(ALIASED, alias="live")
    world.permit("live", {"Service": "apigateway.amazonaws.com"})
    assert "cowsay:beta" in refusal(world, deployment(DIGEST, alias="beta"))


def test_a_variable_that_the_document_needs_has_to_be_there() -> None:
    assert "there is no such variable: give it in configuration.variables" in refusal(World(ALIASED))


def test_policies_that_cannot_be_read_are_no_missing_permission() -> None:
    world = World(ALIASED, alias="live")
    world.functions.refuse("get_policy", "AccessDeniedException", "not authorized to perform: lambda:GetPolicy")
    with pytest.raises(TargetAccessError, match="update the target stack"):
        world.inspect()
    world.functions.refuse("get_policy", "ServiceException")
    with pytest.raises(ClientError):
        world.inspect()


@pytest.mark.parametrize("protocol", ["HTTP", "WEBSOCKET"])
def test_other_apis_are_refused_with_what_to_do_instead(protocol: str) -> None:
    world = World()
    del world.gateway.apis[API]
    world.gateway.http_apis[API] = protocol
    said = refusal(world)
    assert protocol in said
    assert "target of kind lambda" in said


def test_an_api_that_does_not_exist_is_not_found() -> None:
    world = World()
    del world.gateway.apis[API]
    with pytest.raises(TargetNotFoundError, match="There is no REST API"):
        world.inspect()


def test_a_stage_that_does_not_exist_is_to_be_created() -> None:
    world = World()
    del world.gateway.apis[API].stages[NAME]
    with pytest.raises(TargetNotFoundError, match=r"has no stage live\. Create it"):
        world.inspect()


def test_nothing_is_asked_of_a_deployment_past_the_traffic() -> None:
    kind = World().kind
    with pytest.raises(IncompatibleTargetError, match="no request of the pipeline's own reaches"):
        kind.invoke(TARGET, "d00001", "{}", 1)
    kind.wake(TARGET, "d00001")
    assert not kind.may_wake(TARGET)


def test_a_bare_deployment_is_no_version_because_it_would_remove_all_variables() -> None:
    kind = World(alias="live").kind
    assert not kind.can_be_revision("d00002")
    assert kind.can_be_revision("d00002?alias=live")


def test_no_stage_is_created() -> None:
    with pytest.raises(TargetNotFoundError, match="Gantry creates none"):
        World().kind.route(TARGET, Routing("d00001"), None)


def test_all_stages_of_an_api_have_one_lock() -> None:
    kind = World().kind
    other = replace(TARGET, name=f"apigateway/{API}/beta")
    assert kind.draft_to_lock(TARGET) == kind.draft_to_lock(other) == f"222222222222/us-east-1/{API}"
