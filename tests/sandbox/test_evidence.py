"""The evidence of the kind `lambda`, over the wire, in a session that may do no more than the kind needs."""

import datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config

from gantry.aws.session_policy import session_policy
from gantry.promotion.judge.evidence import Durations, EvidenceRequest, QueryMinute, RevisionMinute, TargetEvidence
from gantry.promotion.judge.settings import MetricQuery, QueriedMetric
from gantry.promotion.target import Target
from gantry.targets.kind import TargetKind
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.making import make_kind
from gantry.targets.registry import rights_of
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.metrics import Metrics
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import a_function, a_role, a_version, allow
from tests.unit.targets.kind_parts import parts

DELAY = datetime.timedelta(seconds=20)
MINUTE = datetime.timedelta(minutes=1)
BEGAN = datetime.datetime.now(datetime.UTC) - 10 * MINUTE
FIRST = BEGAN.replace(second=0, microsecond=0)
PATIENCE = Config(retries={"total_max_attempts": 1})


class InOneSession:
    """The account's clients, with one session's credentials."""

    def __init__(self, aws: StandIn, target: Target) -> None:
        role = a_role(aws, allow(["lambda:*", "cloudwatch:*", "iam:*"]), trusts={"AWS": ASSETS})
        keys = aws.client("sts", ASSETS).assume_role(
            RoleArn=role, RoleSessionName="gantry", Policy=session_policy(rights_of(target))
        )["Credentials"]
        self._endpoint, self._keys = aws.endpoint, keys

    def client(self, service: str, _: Target) -> Any:
        session: Any = boto3.session.Session()
        return session.client(
            service,
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id=self._keys["AccessKeyId"],
            aws_secret_access_key=self._keys["SecretAccessKey"],
            aws_session_token=self._keys["SessionToken"],
            config=PATIENCE,
        )


@pytest.fixture(scope="module")
def target(aws: StandIn) -> Target:
    """A function with two versions, of which the second one may run for 30 seconds."""
    function = a_function(aws, "def handler(event, context): ...", timeout=3)
    a_version(aws, function)
    aws.client("lambda", ASSETS).update_function_configuration(FunctionName=function, Timeout=30)
    aws.client("lambda", ASSETS).get_waiter("function_updated_v2").wait(FunctionName=function)
    a_version(aws, function)
    there, target = Metrics(aws, ASSETS), LambdaTarget(ASSETS, REGION, function, "live").as_target()
    there.record_requests(function, "live", "2", FIRST - MINUTE, requests=999)
    there.record_requests(function, "live", "2", FIRST, requests=100, failed=12, milliseconds=40)
    there.record_requests(function, "live", "2", FIRST, requests=3, throttled=4, milliseconds=900)
    there.record_requests(function, "live", "1", FIRST + MINUTE, requests=900, failed=1, milliseconds=40)
    there.record_requests(function, "live", "2", FIRST + 2 * MINUTE, requests=5)
    return target


@pytest.fixture(scope="module")
def kind(aws: StandIn, target: Target) -> TargetKind:
    return make_kind(parts(InOneSession(aws, target), ASSETS, DELAY))


def evidence(kind: TargetKind, target: Target, *queries: MetricQuery) -> TargetEvidence:
    """The evidence at a moment when two minutes are complete: the longer timeout is 30 seconds."""
    now = FIRST + 3 * MINUTE + DELAY + datetime.timedelta(seconds=29)
    return kind.evidence(target, EvidenceRequest("2", "1", BEGAN, now, 500, queries))


def errors(name: str, expression: str, function: str) -> MetricQuery:
    dimensions = {"FunctionName": function, "Resource": f"{function}:live", "ExecutedVersion": "{revision}"}
    metrics = {
        short: QueriedMetric("AWS/Lambda", metric, "Sum", dimensions)
        for short, metric in (("errors", "Errors"), ("all", "Invocations"))
    }
    return MetricQuery(name, metrics, expression, above_stable=1)


def test_both_versions_are_counted_by_complete_minutes(kind: TargetKind, target: Target) -> None:
    found = evidence(kind, target)

    nothing = RevisionMinute(None, None, None)
    assert [each.at for each in found.minutes] == [FIRST, FIRST + MINUTE]
    assert [each.canary for each in found.minutes] == [RevisionMinute(107, 16, 3), nothing]
    assert [each.stable for each in found.minutes] == [nothing, RevisionMinute(900, 1, 0)]
    assert (found.complete_until, found.unknown) == (FIRST + 2 * MINUTE, ())
    assert found.stable_durations == Durations(40, 40, 40)
    assert found.canary_durations


def test_the_manifests_queries_compare_the_versions(kind: TargetKind, target: Target) -> None:
    function = LambdaTarget.of(target).function
    found = evidence(kind, target, errors("rate", "100 * errors / all", function))

    assert [round(each.canary, 3) if each.canary else None for each in found.queries["rate"]] == [11.65, None]
    assert found.queries["rate"][1].stable == pytest.approx(100 / 900)


def test_an_invalid_query_spoils_nothing_else(kind: TargetKind, target: Target) -> None:
    function = LambdaTarget.of(target).function
    found = evidence(kind, target, errors("rate", "NOSUCH(errors)", function), errors("errors", "errors", function))

    assert found.minutes[0].canary.requests == 107
    assert found.queries == {"errors": (QueryMinute(FIRST, 12, None), QueryMinute(FIRST + MINUTE, None, 1))}
    assert len(found.unknown) == 1
    assert "the query “rate”" in found.unknown[0]
    assert "ValidationError: Error in expression 'own0_canary'" in found.unknown[0]


@pytest.mark.parametrize("code", ["Throttling", "AccessDenied", "InternalServiceError"])
def test_a_cloudwatch_that_refuses_is_unknown(aws: StandIn, kind: TargetKind, target: Target, code: str) -> None:
    with Metrics(aws, ASSETS).refusing(code, "not now"):
        found = evidence(kind, target)

    assert (found.minutes, found.complete_until) == ((), None)
    assert f"({code}: not now)" in found.unknown[0]
    assert evidence(kind, target).unknown == ()


def test_an_incomplete_answer_is_unknown_where_it_is_incomplete(aws: StandIn, kind: TargetKind, target: Target) -> None:
    with Metrics(aws, ASSETS).answering("PartialData", "Errors"):
        found = evidence(kind, target)

    assert {each.canary.failed for each in found.minutes} == {None}
    assert "Errors of version 2" in found.unknown[0]
