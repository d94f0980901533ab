"""What is sent to UpdateStage, and how writes of others are noticed. The contract suite tests the rest."""

from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from gantry.aws.clients import ONCE
from gantry.promotion.errors import (
    IncompatibleTargetError,
    TargetAccessError,
    TargetChangedError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.kind import Change
from gantry.targets.rest_api_stage.making import make_kind
from gantry.targets.rest_api_stage.revision import StageRevision
from gantry.targets.rest_api_stage.stage import Stage
from gantry.targets.rest_api_stage.stage_patches import operations_for
from gantry.targets.rest_api_stage.stage_state import StageState
from gantry.use_cases.traffic_changes import seize_traffic
from tests.unit.targets.fake_accounts import FakeAccounts
from tests.unit.targets.fake_api_gateway import FakeApiGateway
from tests.unit.targets.fake_client import FakeClient
from tests.unit.targets.fake_objects import FakeObjects
from tests.unit.targets.kind_parts import parts
from tests.unit.targets.rest_api_stage.api_targets import API, NAME, STAGE, TARGET, api_of, document, gateway, stage_of

OLD = StageRevision("d00001", {"alias": "live", "table": "old"}).name
NEW = StageRevision("d00002", {"alias": "live", "table": "new"}).name
SPLIT = Routing(OLD, {NEW: 10.0})


def the_gateway() -> FakeApiGateway:
    return gateway(alias="live", table="old")


def route(made: FakeApiGateway, wanted: Routing, mark: str = "mark") -> Routing:
    stage = stage_of(made, mark)
    found = stage.state()
    assert found
    return stage.route(wanted, found.token)


def written(made: FakeApiGateway) -> dict[str, object]:
    return made.apis[API].stages[NAME].content


def sent(found: StageState, wanted: Routing) -> list[tuple[str, ...]]:
    return [tuple(each.values()) for each in operations_for(found, wanted, "gantry_b")]


def test_the_first_step_makes_a_canary_with_the_variables_that_differ() -> None:
    found = StageState("d00001", {"alias": "live", "table": "old", "gantry_a": "1"}, None, "", "", "1")
    assert sent(found, SPLIT) == [
        ("replace", "/canarySettings/deploymentId", "d00002"),
        ("replace", "/canarySettings/useStageCache", "false"),
        ("replace", "/canarySettings/stageVariableOverrides/table", "new"),
        ("replace", "/canarySettings/percentTraffic", "10.0"),
        ("remove", "/variables/gantry_a"),
        ("replace", "/variables/gantry_b", OLD),
    ]


def test_a_later_step_changes_the_share_alone() -> None:
    made = the_gateway()
    route(made, SPLIT)
    found = stage_of(made).state()
    assert found
    assert sent(found, Routing(OLD, {NEW: 50.0}))[0] == ("replace", "/canarySettings/percentTraffic", "50.0")
    assert len(sent(found, Routing(OLD, {NEW: 50.0}))) == 3


def test_a_promotion_copies_the_canary_and_removes_it() -> None:
    made = the_gateway()
    route(made, SPLIT)
    found = stage_of(made).state()
    assert found
    assert sent(found, Routing(NEW))[:4] == [
        ("copy", "/deploymentId", "/canarySettings/deploymentId"),
        ("copy", "/variables", "/canarySettings/stageVariableOverrides"),
        ("replace", "/canarySettings/percentTraffic", "0.0"),
        ("remove", "/canarySettings"),
    ]
    assert route(made, Routing(NEW)) == Routing(NEW)
    assert "canarySettings" not in written(made)


def test_without_other_variables_only_the_deployment_is_copied() -> None:
    canary = {"deploymentId": "d00002", "percentTraffic": 50.0}
    found = StageState("d00001", {"alias": "live"}, canary, "", "", "1")
    operations = sent(found, Routing("d00002?alias=live"))
    assert [each[1] for each in operations if each[0] == "copy"] == ["/deploymentId"]


def test_the_way_back_is_one_call_with_the_deployment_and_all_variables() -> None:
    made = gateway(alias="live", table="new", added="1")
    made.apis[API].stages[NAME].set(deploymentId="d00002")
    assert route(made, Routing(OLD)) == Routing(OLD)
    assert made.calls["update_stage"] == 1
    assert written(made)["deploymentId"] == "d00001"
    assert written(made)["variables"] == {"alias": "live", "table": "old", "gantry_mark0": OLD}


def test_the_way_back_from_a_canary_only_removes_it() -> None:
    made = the_gateway()
    route(made, SPLIT)
    found = stage_of(made).state()
    assert found
    assert [each[:2] for each in sent(found, Routing(OLD))] == [
        ("remove", "/canarySettings"),
        ("remove", "/variables/gantry_mark0"),
        ("replace", "/variables/gantry_b"),
    ]


def test_another_canary_is_replaced_with_its_variables() -> None:
    canary = {"deploymentId": "d9", "percentTraffic": 5.0, "stageVariableOverrides": {"alias": "beta"}}
    found = StageState.of({"deploymentId": "d00001", "variables": {"alias": "live"}, "canarySettings": canary})
    assert sent(found, Routing("d00001?alias=live", {"d00002?alias=live": 5.0}))[:2] == [
        ("remove", "/canarySettings/stageVariableOverrides/alias"),
        ("replace", "/canarySettings/deploymentId", "d00002"),
    ]


def test_a_canary_cannot_lack_a_variable_of_the_stage() -> None:
    found = StageState("d00001", {"alias": "live"}, None, "", "", "1")
    with pytest.raises(IncompatibleTargetError, match="alias: send all traffic at once"):
        operations_for(found, Routing("d00001?alias=live", {"d00002": 5.0}), "gantry_b")


def test_a_canary_without_traffic_is_no_share() -> None:
    canary = {"deploymentId": "d00002", "percentTraffic": 0.0}
    assert StageState("d00001", {}, canary, "", "", "1").routing == Routing("d00001")


def test_a_foreign_deployment_that_comes_meanwhile_is_not_left_with_our_canary() -> None:
    made = the_gateway()
    made.before("update_stage", lambda: made.apis[API].stages[NAME].set(deploymentId="d00002"))
    with pytest.raises(TargetChangedError, match="somebody else changed the stage while this was written"):
        route(made, SPLIT)
    assert written(made)["deploymentId"] == "d00002"
    assert "canarySettings" not in written(made)


D3 = "d00003"


@pytest.mark.parametrize("before", [Routing(OLD), SPLIT, Routing(OLD, {NEW: 50.0})])
@pytest.mark.parametrize("wanted", [SPLIT, Routing(OLD, {NEW: 50.0}), Routing(NEW)])
@pytest.mark.parametrize(
    "theirs",
    [
        [Routing(OLD)],
        [Routing(f"{D3}?alias=live&more=1&table=x%26y")],
        [Routing(OLD), Routing(OLD, {f"{D3}?alias=beta&table=old": 5.0})],
    ],
)
def test_a_late_write_leaves_the_primary_revision_of_whoever_took_over_and_no_share_but_theirs(
    before: Routing, wanted: Routing, theirs: list[Routing]
) -> None:
    made = the_gateway()
    made.deploy(API, document("/next"))
    route(made, before)
    late = stage_of(made, "late")
    found = late.state()
    assert found

    def take_over() -> None:
        for number, each in enumerate(theirs):
            route(made, each, f"theirs{number}")

    made.before("update_stage", take_over)
    with pytest.raises(TargetChangedError):
        late.route(wanted, found.token)
    now = late.state()
    assert now
    assert now.routing in [theirs[-1], Routing(theirs[-1].revision)]
    assert now.marks == {f"gantry_theirs{len(theirs) - 1}0"}


@pytest.mark.parametrize("before", [Routing(NEW), SPLIT])
def test_a_late_way_back_does_not_undo_the_way_back_of_whoever_took_over(before: Routing) -> None:
    made = the_gateway()
    route(made, before)
    late = stage_of(made, "late")
    found = late.state()
    assert found
    made.before("update_stage", lambda: route(made, Routing(OLD), "theirs"))
    with pytest.raises(TargetChangedError):
        late.route(Routing(OLD), found.token)
    now = late.state()
    assert now
    assert now.routing == Routing(OLD)


@pytest.mark.parametrize("wanted", [Routing(OLD), Routing(f"{D3}?alias=live&table=older")])
def test_whoever_takes_over_writes_once_more_where_a_late_write_came_first(wanted: Routing) -> None:
    made = the_gateway()
    made.deploy(API, document("/older"))
    route(made, SPLIT)
    kind = make_kind(parts(Only(made), "111111111111", timedelta(), FakeObjects({})))
    made.before("update_stage", lambda: route(made, Routing(NEW), "late"))
    seize_traffic(kind, TARGET, lambda _: wanted)
    found = stage_of(made).state()
    assert found
    assert found.routing == wanted


def test_a_write_is_sent_once_and_what_takes_it_back_as_often_as_it_needs() -> None:
    made, once = the_gateway(), FakeApiGateway()
    once.apis = made.apis
    stage = Stage(cast("Any", made), cast("Any", once), STAGE, lambda: "late")
    found = stage.state()
    assert found
    once.before("update_stage", lambda: route(made, Routing(OLD), "theirs"))
    with pytest.raises(TargetChangedError):
        stage.route(SPLIT, found.token)
    assert (once.calls["update_stage"], made.calls["update_stage"]) == (1, 3)


def test_the_clients_that_write_send_each_call_once() -> None:
    asked: dict[str, list[Config | None]] = {}

    class Noted(FakeAccounts):
        def client(self, service: str, target: Target, *_: Any, config: Config | None = None, **__: Any) -> FakeClient:
            asked.setdefault(service, []).append(config)
            return super().client(service, target)

    accounts = Noted()
    accounts.api_gateway_of(TARGET).apis = the_gateway().apis
    make_kind(parts(accounts, "111111111111", timedelta(), FakeObjects({}))).routing(TARGET)
    assert asked["apigateway"] == [ONCE, None]


@pytest.mark.parametrize("code", ["TooManyRequestsException", "LimitExceededException"])
def test_an_account_that_is_out_of_calls_is_asked_again_by_the_definition(code: str) -> None:
    made = the_gateway()
    made.refuse("update_stage", code, "Too Many Requests")
    with pytest.raises(TargetPendingError):
        route(made, SPLIT)


def test_a_write_of_gantrys_own_that_comes_meanwhile_is_noticed_by_its_mark_within_the_same_second() -> None:
    made = the_gateway()
    stage = stage_of(made)
    found = stage.state()
    assert found
    made.before("update_stage", partial(stage.route, Routing(OLD), found.token))
    with pytest.raises(TargetChangedError):
        stage.route(SPLIT, found.token)


def test_a_refusal_after_a_foreign_change_is_that_change() -> None:
    made = the_gateway()

    def change_and_refuse() -> None:
        made.apis[API].stages[NAME].set(variables={"alias": "beta"})
        made.refuse("update_stage", "BadRequestException", "Invalid patch path")
        made._before["update_stage"].popleft()()

    made.before("update_stage", change_and_refuse)
    with pytest.raises(TargetChangedError):
        route(made, SPLIT)


def test_a_refusal_of_a_stage_that_nobody_has_changed_is_a_refusal() -> None:
    made = the_gateway()
    made.refuse("update_stage", "BadRequestException", "Invalid stage variable value")
    with pytest.raises(IncompatibleTargetError, match="Invalid stage variable value"):
        route(made, SPLIT)


class Only:
    """The one client that there is."""

    def __init__(self, client: FakeApiGateway) -> None:
        self._client = client

    def client(self, service: str, *_: Any, **__: Any) -> Any:
        assert service == "apigateway"
        return self._client


def picky_gateway() -> FakeApiGateway:
    """A gateway that removes canaries in a patch of their own only."""
    made = the_gateway()
    route(made, SPLIT)
    made.apis[API].stages[NAME].removes_canaries_alone = True
    made.calls.clear()
    return made


def routes_since(made: FakeApiGateway, number: int) -> list[Routing]:
    return [StageState.of(each).routing for each in made.apis[API].stages[NAME].versions[-number:]]


def test_a_canary_that_must_be_removed_alone_is_removed_after_its_promotion() -> None:
    made = picky_gateway()
    assert route(made, Routing(NEW)) == Routing(NEW)
    assert made.calls["update_stage"] == 3
    assert routes_since(made, 2) == [Routing(NEW), Routing(NEW)]
    assert "canarySettings" not in written(made)


def test_a_canary_that_must_be_removed_alone_is_removed_before_anything_else_on_the_way_back() -> None:
    made = picky_gateway()
    assert route(made, Routing(OLD)) == Routing(OLD)
    assert routes_since(made, 2) == [Routing(OLD), Routing(OLD)]
    assert written(made)["variables"] == {"alias": "live", "table": "old", "gantry_mark0": OLD}


def test_a_promotion_that_dies_before_the_removal_is_whole_and_the_next_look_removes_what_is_left() -> None:
    made = picky_gateway()
    made.before("update_stage", lambda: None)
    made.before("update_stage", lambda: None)
    made.refuse("update_stage", "ServiceUnavailableException")
    with pytest.raises(ClientError):
        route(made, Routing(NEW))
    found = stage_of(made).state()
    assert found
    assert (found.routing, found.has_leftover) == (Routing(NEW), True)
    kind = make_kind(parts(Only(made), "111111111111", timedelta(), FakeObjects({})))
    assert not kind.is_settled(TARGET, Change(routing=Routing(OLD)))
    assert "canarySettings" in written(made)
    assert kind.is_settled(TARGET, Change(routing=Routing(NEW)))
    assert "canarySettings" not in written(made)


def test_a_rollback_takes_a_dead_promotion_back_from_where_it_died() -> None:
    made = picky_gateway()
    canary = {"deploymentId": "d00002", "percentTraffic": 0.0}
    made.apis[API].stages[NAME].set(deploymentId="d00002", variables={"alias": "live"}, canarySettings=canary)
    assert route(made, Routing(OLD)) == Routing(OLD)
    assert "canarySettings" not in written(made)


@pytest.mark.parametrize("picky", [True, False])
def test_a_repair_that_writes_what_is_right_already_removes_what_a_dead_promotion_has_left(picky: bool) -> None:
    made = the_gateway()
    left = {"deploymentId": "d00001", "percentTraffic": 0.0, "stageVariableOverrides": {"table": "old"}}
    made.apis[API].stages[NAME].set(canarySettings=left)
    made.apis[API].stages[NAME].removes_canaries_alone = picky
    assert route(made, Routing(OLD)) == Routing(OLD)
    assert "canarySettings" not in written(made)


@pytest.mark.parametrize("wanted", [Routing(OLD), Routing(NEW)])
def test_nothing_is_written_over_what_comes_between_the_two(wanted: Routing) -> None:
    made = picky_gateway()
    made.before("update_stage", lambda: None)
    made.before("update_stage", partial(made.apis[API].stages[NAME].set, deploymentId="d9", variables={"alias": "x"}))
    with pytest.raises(TargetChangedError, match="somebody else"):
        route(made, wanted)
    assert made.calls["update_stage"] == 2


def test_a_refusal_of_the_parts_too_is_the_refusal_of_the_whole() -> None:
    made = picky_gateway()
    made.refuse("update_stage", "BadRequestException", "Invalid stage variable value", times=2)
    with pytest.raises(IncompatibleTargetError, match="Invalid stage variable value"):
        route(made, Routing(NEW))
    assert made.calls["update_stage"] == 2


def test_an_unknown_deployment_is_no_reason_to_send_two() -> None:
    made = the_gateway()
    route(made, SPLIT)
    made.calls.clear()
    with pytest.raises(TargetNotFoundError, match="Deployment id does not exist"):
        route(made, Routing("d9?alias=live"))
    assert made.calls["update_stage"] == 1


def test_somebodys_canary_is_not_tidied_away() -> None:
    made = the_gateway()
    made.apis[API].stages[NAME].set(canarySettings={"deploymentId": "d00002", "percentTraffic": 0.0})
    found = stage_of(made).state()
    assert found
    stage_of(made).tidy(found)
    assert "canarySettings" in written(made)


def test_a_stage_that_is_gone_routes_nowhere() -> None:
    made = the_gateway()
    stage = stage_of(made)
    del made.apis[API].stages[NAME]
    assert stage.state() is None
    with pytest.raises(TargetNotFoundError, match="no such stage any more"):
        stage.route(SPLIT, "token")


def test_a_rehearsal_asks_for_what_must_be_refused() -> None:
    made = the_gateway()
    before = dict(written(made))
    stage_of(made).may_be_updated()
    assert (made.calls["update_stage"], written(made)) == (1, before)
    made.refuse("update_stage", "AccessDeniedException", "not authorized")
    with pytest.raises(TargetAccessError, match="RestApiIds"):
        stage_of(made).may_be_updated()


@pytest.mark.parametrize("action", ["iam:PassRole", "apigateway:UpdateRestApiPolicy"])
def test_a_right_that_nobody_can_add_is_not_asked_for(action: str) -> None:
    made = the_gateway()
    made.refuse("put_rest_api", "AccessDeniedException", f"not authorized to perform: {action}")
    with pytest.raises(TargetAccessError, match="take it out of the document") as raised:
        api_of(made).replace_draft(document("/"))
    assert "RestApiIds" not in str(raised.value)


def test_what_no_machine_decides_on_stays_as_it_is() -> None:
    made = the_gateway()
    made.refuse("get_stage", "ServiceUnavailableException")
    with pytest.raises(ClientError):
        stage_of(made).state()
