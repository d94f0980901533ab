"""What is sent to UpdateStage, and how writes of others are noticed. The contract suite tests the rest."""

from functools import partial

import pytest
from botocore.exceptions import ClientError

from gantry.promotion.errors import (
    IncompatibleTargetError,
    TargetAccessError,
    TargetChangedError,
    TargetNotFoundError,
)
from gantry.promotion.traffic import Routing
from gantry.targets.rest_api_stage.revision import StageRevision
from gantry.targets.rest_api_stage.stage_patches import operations_for
from gantry.targets.rest_api_stage.stage_state import StageState
from tests.unit.targets.fake_api_gateway import FakeApiGateway
from tests.unit.targets.rest_api_stage.api_targets import API, NAME, gateway, stage_of

OLD = StageRevision("d00001", {"alias": "live", "table": "old"}).name
NEW = StageRevision("d00002", {"alias": "live", "table": "new"}).name
SPLIT = Routing(OLD, {NEW: 10.0})


def the_gateway() -> FakeApiGateway:
    return gateway(alias="live", table="old")


def route(made: FakeApiGateway, wanted: Routing) -> Routing:
    stage = stage_of(made)
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
        ("replace", "/variables/gantry_b", "1"),
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
    assert written(made)["variables"] == {"alias": "live", "table": "old", "gantry_mark0": "1"}


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


def test_what_no_machine_decides_on_stays_as_it_is() -> None:
    made = the_gateway()
    made.refuse("get_stage", "ServiceUnavailableException")
    with pytest.raises(ClientError):
        stage_of(made).state()
