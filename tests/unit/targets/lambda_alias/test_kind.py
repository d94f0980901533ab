"""What the kind `lambda` adds to what every kind promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gantry.aws.clients import ONCE
from gantry.promotion.deployment import PreparationOutcome, StableRevision
from gantry.promotion.errors import (
    IncompatibleTargetError,
    TargetAccessError,
    TargetFailedError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.promotion.judge.evidence import EvidenceRequest, RevisionMinute
from gantry.promotion.traffic import Routing
from gantry.targets.capabilities import Capabilities
from gantry.targets.findings import Prepared
from gantry.targets.kind import Change, TargetKind
from gantry.targets.lambda_alias.alias import Alias
from gantry.targets.lambda_alias.kind import LambdaAliasKind
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.making import make_kind
from gantry.targets.registry import RegisteredKinds
from tests.unit.masked import MASKING
from tests.unit.targets.fake_accounts import FakeAccounts
from tests.unit.targets.fake_lambda import FakeLambda
from tests.unit.targets.kind_parts import parts
from tests.unit.targets.lambda_alias.deployments import (
    AS_IN_THE_MANIFEST,
    NEW,
    OLD,
    REGISTRY_ACCOUNT,
    ROLE,
    TARGET,
    WITH_ROLE,
    deployment,
)

WHERE = TARGET.as_target()
DELAY = timedelta(seconds=120)
BEGAN = datetime(2026, 11, 22, 9, 30, 42, tzinfo=UTC)


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts()


@pytest.fixture
def client(accounts: FakeAccounts) -> FakeLambda:
    return accounts.lambda_of(WHERE)


@pytest.fixture
def kind(accounts: FakeAccounts) -> TargetKind:
    return make_kind(parts(accounts, REGISTRY_ACCOUNT, DELAY))


def test_a_target_and_its_parts_are_the_same() -> None:
    assert WHERE.id == TARGET.id == "222222222222/us-east-1/cowsay/live"
    assert WHERE.arn == "arn:aws:lambda:us-east-1:222222222222:function:cowsay:live"
    assert WHERE.settings == {}
    assert WITH_ROLE.as_target().settings == {"role": ROLE}
    assert [LambdaTarget.of(each.as_target()) for each in (TARGET, WITH_ROLE)] == [TARGET, WITH_ROLE]


def test_it_can_do_all_that_a_manifest_can_ask_for(kind: TargetKind) -> None:
    everything = Capabilities(
        splits_traffic=True, compare_and_set=True, can_create=True, counts_requests=True, can_be_invoked=True
    )
    assert kind.capabilities == everything


def test_the_registry_makes_it_when_a_target_has_it(accounts: FakeAccounts) -> None:
    kinds = RegisteredKinds.all(parts(accounts, REGISTRY_ACCOUNT, DELAY))
    assert isinstance(kinds.of(WHERE), LambdaAliasKind)


def test_it_finds_the_alias_and_the_image_of_its_primary_version(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    client.route("cowsay", "live", "1", {client.deploy("cowsay", NEW): 0.07})
    found = kind.inspect(deployment(), MASKING)
    assert (found.routing, found.stable) == (Routing("1", {"2": 7.0}), StableRevision("1", OLD))


@pytest.mark.parametrize("function_exists", [False, True])
def test_with_a_role_what_is_missing_may_be_created(
    kind: TargetKind, client: FakeLambda, function_exists: bool
) -> None:
    if function_exists:
        client.deploy("cowsay", OLD)
    found = kind.inspect(deployment(target=WITH_ROLE), MASKING)
    assert (found.routing, found.stable) == (None, None)


def test_without_a_role_a_missing_function_or_alias_is_named(kind: TargetKind, client: FakeLambda) -> None:
    with pytest.raises(TargetNotFoundError, match="There is no function cowsay in 222222222222, us-east-1"):
        kind.inspect(deployment(), MASKING)
    client.deploy("cowsay", OLD)
    with pytest.raises(TargetNotFoundError, match="The function cowsay in 222222222222 has no alias live"):
        kind.inspect(deployment(), MASKING)


def test_its_program_reads_with_the_manifests_role_or_else_with_its_own(accounts: FakeAccounts) -> None:
    kind, client = make_kind(parts(accounts, REGISTRY_ACCOUNT, DELAY)), accounts.lambda_of(WHERE)
    assert kind.reading_role(WHERE) is None
    client.deploy("cowsay", OLD)
    client.functions["cowsay"].describe(Role=f"{ROLE}-own")
    assert [kind.reading_role(each) for each in (WHERE, WITH_ROLE.as_target())] == [f"{ROLE}-own", ROLE]


def test_a_function_that_cannot_take_the_release_is_refused(kind: TargetKind, client: FakeLambda) -> None:
    client.route("cowsay", "live", client.deploy("cowsay", OLD))
    client.functions["cowsay"].describe(Role=f"{ROLE}-2")
    with pytest.raises(IncompatibleTargetError, match=f"its execution role changes from {ROLE} to {ROLE}-2"):
        kind.inspect(deployment(), MASKING)
    assert kind.inspect(deployment(plan=()), MASKING).stable == StableRevision("1", OLD)


def test_an_alias_is_created_on_one_version_and_changed_after_that(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    client.deploy("cowsay", NEW)
    kind.route(WHERE, Routing("1"), None)
    found = kind.routing(WHERE)
    assert found is not None
    kind.route(WHERE, Routing("1", {"2": 10.0}), found[1])
    assert client.aliases["cowsay", "live"].writes == [("1", {}), ("1", {"2": 0.1})]


def test_a_routing_has_arrived_once_the_alias_routes_there(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    client.route("cowsay", "live", "1")
    assert kind.is_settled(WHERE, Change(routing=Routing("1")))
    assert not kind.is_settled(WHERE, Change(routing=Routing("2")))


def test_while_lambda_keeps_a_weight_on_the_old_version_the_traffic_is_on_its_way(
    kind: TargetKind, client: FakeLambda
) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/pull/48116"""
    for digest in (OLD, NEW):
        client.deploy("cowsay", digest)
    client.route("cowsay", "live", "2", {"1": 1.0})
    assert not kind.is_moving(WHERE), "without provisioned concurrency it is somebody else's weight"
    client.provisioned["cowsay", "live"] = "IN_PROGRESS"
    assert kind.is_moving(WHERE)
    assert not kind.is_settled(WHERE, Change(routing=Routing("2")))
    with pytest.raises(TargetPendingError, match="still moving the traffic to version 2"):
        kind.inspect(deployment(), MASKING)
    client.provisioned["cowsay", "live"] = "READY"
    client.route("cowsay", "live", "2")
    assert not kind.is_moving(WHERE)
    assert kind.is_settled(WHERE, Change(routing=Routing("2")))


def test_concurrency_that_could_not_be_provisioned_is_said_and_keeps_no_fix_away(
    kind: TargetKind, client: FakeLambda
) -> None:
    for digest in (OLD, NEW):
        client.deploy("cowsay", digest)
    client.route("cowsay", "live", "2", {"1": 1.0})
    client.provisioned["cowsay", "live"] = "FAILED"
    assert kind.inspect(deployment(), MASKING).routing == Routing("2", {"1": 100.0})
    with pytest.raises(TargetFailedError, match="not enough capacity"):
        kind.is_moving(WHERE)


def test_a_sleeping_version_is_invoked_once_with_the_payload_of_the_manifest(
    kind: TargetKind, client: FakeLambda, accounts: FakeAccounts
) -> None:
    client.deploy("cowsay", OLD)
    client.functions["cowsay"].describe("1", State="Inactive")
    where = replace(LambdaTarget.of(WHERE), wake_payload='{"warm": true}').as_target()
    kind.wake(where, "1")
    assert client.invoked == [("1", '{"warm": true}')]
    ((rights, config),) = accounts.limited
    assert [each.actions for each in rights] == [("lambda:InvokeFunction",)]
    assert [each.resources for each in rights] == [(f"arn:aws:lambda:us-east-1:{WHERE.account}:function:cowsay:1",)]
    assert config is ONCE


def test_a_version_whose_error_is_its_own_counts_as_woken(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    client.refuse("invoke", "ResourceConflictException", "The function is currently in the following state: Inactive")
    kind.wake(WHERE, "1")
    client.lose_answer("invoke")
    kind.wake(WHERE, "1")


def test_a_manifest_can_forbid_to_wake(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    where = replace(LambdaTarget.of(WHERE), wake=False).as_target()
    assert not kind.may_wake(where)
    assert kind.may_wake(WHERE)
    kind.rehearse(where, "1")
    assert client.invoked == []
    assert client.calls["invoke"] == 0


def test_a_rehearsal_finds_that_a_version_may_not_be_woken(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    client.route("cowsay", "live", "1")
    client.refuse("invoke", "AccessDeniedException", "not authorized to perform: lambda:InvokeFunction")
    with pytest.raises(TargetAccessError, match="InvokeFunction"):
        kind.rehearse(WHERE, "1")


def test_a_version_is_asked_for_whether_it_has_settled(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    client.functions["cowsay"].describe("1", State="Pending")
    assert not kind.is_settled(WHERE, Change(revision="1", routing=Routing("1")))


def test_preparing_publishes_a_version_without_traffic(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    prepared = kind.prepare(deployment(), StableRevision("1", OLD), lambda: None, is_retry=False)
    assert prepared == Prepared("2", PreparationOutcome.PUBLISHED)
    assert kind.digest(WHERE, "2") == NEW
    assert client.aliases == {}


def test_an_alias_that_routes_to_latest_tells_what_it_runs(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    assert kind.digest(WHERE, "$LATEST") == OLD


def test_a_version_that_does_not_exist_has_no_digest(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    assert kind.digest(WHERE, "2") is None


@pytest.mark.parametrize(("name", "can_be"), [("1", True), ("$LATEST", False), ("live", False), ("-1", False)])
def test_only_a_number_can_be_a_version(kind: TargetKind, name: str, can_be: bool) -> None:
    assert kind.can_be_revision(name) is can_be


def test_a_version_whose_image_nobody_knows_is_refused(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    del client.functions["cowsay"].images["1"]
    with pytest.raises(IncompatibleTargetError, match="which image version 1 runs"):
        kind.digest(WHERE, "1")


def test_a_version_is_confirmed_with_its_masked_settings(kind: TargetKind, client: FakeLambda) -> None:
    environment = {"TO_SAY": "Moo", "API_TOKEN": "hunter2"}
    client.deploy("cowsay", NEW, **AS_IN_THE_MANIFEST | {"Environment": {"Variables": environment}})
    settings = kind.confirm(deployment(environment=environment), "1", None, MASKING)
    assert settings == {
        "memory_mb": "512",
        "timeout_seconds": "10",
        "ephemeral_storage_mb": "512",
        "role": ROLE,
        "environment.TO_SAY": "Moo",
        "environment.API_TOKEN": MASKING.value("API_TOKEN", "hunter2"),
        "command": "[]",
        "entry_point": "[]",
        "working_directory": "the image's own",
        "infrastructure": "none",
    }


def test_requests_through_the_alias_are_the_evidence(
    kind: TargetKind, client: FakeLambda, accounts: FakeAccounts
) -> None:
    for digest in (OLD, NEW):
        client.deploy("cowsay", digest)
    accounts.cloudwatch_of(WHERE).serve("cowsay", "live", "2", BEGAN, times=3)
    accounts.cloudwatch_of(WHERE).serve("cowsay", "beta", "2", BEGAN, times=30)
    found = kind.evidence(WHERE, EvidenceRequest("2", "1", BEGAN, BEGAN + timedelta(minutes=5)))
    assert found.minutes[0].canary == RevisionMinute(3, 0)
    assert accounts.cloudwatch_of(WHERE).calls["get_metric_data"] == 1


@pytest.mark.parametrize(("canary", "stable"), [(10, 180), (180, 10)])
def test_a_minute_is_complete_when_what_began_in_it_must_have_ended_in_both_versions(
    kind: TargetKind, client: FakeLambda, canary: int, stable: int
) -> None:
    for timeout in (stable, canary):
        client.deploy("cowsay", OLD, Timeout=timeout)
    # Its end is 18 seconds after, then 180 seconds of both versions' longer timeout and 120 of the metrics' delay.
    late = [BEGAN + timedelta(seconds=each) for each in (317, 318)]
    found = [kind.evidence(WHERE, EvidenceRequest("2", "1", BEGAN, now)) for now in late]
    assert [len(each.minutes) for each in found] == [0, 1]


def test_the_timeout_of_a_version_is_read_once(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    for minutes in (5, 6, 7):
        kind.evidence(WHERE, EvidenceRequest("1", None, BEGAN, BEGAN + timedelta(minutes=minutes)))
    assert client.calls["get_function"] == 1


def test_a_version_that_is_gone_may_have_had_the_longest_timeout(kind: TargetKind, client: FakeLambda) -> None:
    client.deploy("cowsay", OLD)
    late = [BEGAN + timedelta(minutes=17, seconds=each) for each in (17, 18)]
    found = [kind.evidence(WHERE, EvidenceRequest("1", "7", BEGAN, now)) for now in late]
    assert [len(each.minutes) for each in found] == [0, 1]


def test_when_lambda_does_not_say_the_timeouts_the_longest_is_waited_for_and_said(
    kind: TargetKind, client: FakeLambda
) -> None:
    client.deploy("cowsay", OLD)
    client.refuse("get_function", "TooManyRequestsException", "Rate exceeded")
    found = kind.evidence(WHERE, EvidenceRequest("1", None, BEGAN, BEGAN + timedelta(minutes=17, seconds=18)))
    assert len(found.minutes) == 1
    assert "Gantry waits 15 minutes" in found.unknown[0]
    assert "Rate exceeded" in found.unknown[0]


def test_each_account_and_region_has_its_own_clients(kind: TargetKind, accounts: FakeAccounts) -> None:
    elsewhere = replace(TARGET, region="eu-west-1").as_target()
    accounts.lambda_of(elsewhere).deploy("cowsay", OLD)
    assert kind.digest(elsewhere, "1") == OLD
    assert kind.digest(WHERE, "1") is None


def test_an_account_that_refuses_the_pipeline_says_so(kind: TargetKind, accounts: FakeAccounts) -> None:
    accounts.closed.add(WHERE.account)
    with pytest.raises(TargetAccessError):
        kind.inspect(deployment(), MASKING)


@pytest.mark.parametrize(("was_split_by_us", "has_arrived"), [(True, True), (False, False)])
def test_lambda_says_at_once_that_a_weight_has_arrived_or_that_our_own_is_gone_and_otherwise_the_alias_is_looked_at(
    kind: TargetKind, client: FakeLambda, was_split_by_us: bool, has_arrived: bool
) -> None:
    client.deploy("cowsay", OLD)
    client.deploy("cowsay", NEW)
    client.route("cowsay", "live", "1")
    for routing, is_there in ((Routing("1", {"2": 7.0}), True), (Routing("2"), has_arrived)):
        found = kind.routing(WHERE)
        assert found is not None
        assert kind.route(WHERE, routing, found[1], was_split_by_us=was_split_by_us) is is_there


def test_an_answer_with_another_routing_has_not_arrived(
    kind: TargetKind, client: FakeLambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.deploy("cowsay", OLD)
    client.deploy("cowsay", NEW)
    client.route("cowsay", "live", "1", {"2": 0.07})
    found = kind.routing(WHERE)
    assert found is not None
    monkeypatch.setattr(Alias, "update", lambda *_: Routing("2", {"1": 100.0}))
    assert not kind.route(WHERE, Routing("2"), found[1], was_split_by_us=True)
