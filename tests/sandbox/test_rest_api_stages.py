"""Deployments, stages and canaries of REST APIs.

Most answers were recorded on AWS:
https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_canary.snapshot.json
"""

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.rest_api import RestApi
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json
from tests.sandbox.rest_apis import ACCOUNT, an_api, deployed, document, patch, refusal, saying, stage_of

CANARY_DEPLOYMENT, CANARY_PERCENT = "/canarySettings/deploymentId", "/canarySettings/percentTraffic"
CANARY_VARIABLES = "/canarySettings/stageVariableOverrides"
PROMOTE = (("copy", "/deploymentId", CANARY_DEPLOYMENT), ("copy", "/variables", CANARY_VARIABLES))


@pytest.fixture
def api(aws: StandIn) -> RestApi:
    return an_api(aws, saying("first"), {"testVar": "test", "testVar2": "test2"})


def deployments(aws: StandIn, api: RestApi) -> list[Json]:
    found: list[Json] = aws.client("apigateway", ACCOUNT).get_deployments(restApiId=api.api_id)["items"]
    return found


def canary_of(aws: StandIn, api: RestApi) -> Json | None:
    return stage_of(aws, api).get("canarySettings")


def refused(aws: StandIn, api: RestApi, *operations: tuple[str, ...]) -> str:
    """Why the operations are refused. The stage has to be what it was."""
    before = stage_of(aws, api)
    with pytest.raises(ClientError) as caught:
        patch(aws, api, *operations)
    after = stage_of(aws, api)
    assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}
    code, message = refusal(caught.value)
    assert code == "BadRequestException"
    return message


def test_a_deployment_keeps_its_description_and_shows_its_summary_only_if_asked(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetDeployment.html"""
    made = deployed(aws, api, saying("second"), description="gantry release 7")
    client = aws.client("apigateway", ACCOUNT)

    plain = client.get_deployment(restApiId=api.api_id, deploymentId=made)
    assert {key for key in plain if key != "ResponseMetadata"} == {"id", "description", "createdDate"}
    assert plain["description"] == "gantry release 7"

    full = client.get_deployment(restApiId=api.api_id, deploymentId=made, embed=["apisummary"])
    assert set(full["apiSummary"]["/"]) == {"GET"}


def test_deployments_come_in_pages(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetDeployments.html"""
    made = {deployed(aws, api, saying(str(number))) for number in range(3)}
    pages = aws.client("apigateway", ACCOUNT).get_paginator("get_deployments")

    found = [
        [each["id"] for each in page["items"]]
        for page in pages.paginate(restApiId=api.api_id, PaginationConfig={"PageSize": 2})
    ]

    assert [len(page) for page in found] == [2, 2]
    assert made < {each for page in found for each in page}


def test_a_deployment_for_a_stage_moves_the_stage(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html"""
    made = deployed(aws, api, saying("second"), stageName=api.stage)

    assert stage_of(aws, api)["deploymentId"] == made


def test_a_deployment_with_canary_settings_is_the_stages_canary(aws: StandIn, api: RestApi) -> None:
    """Recorded: test_create_canary_deployment_with_stage."""
    before = stage_of(aws, api)["deploymentId"]

    made = deployed(
        aws,
        api,
        saying("second"),
        stageName=api.stage,
        canarySettings={"percentTraffic": 50.0, "stageVariableOverrides": {"testVar": "canary"}},
    )

    assert stage_of(aws, api)["deploymentId"] == before
    assert canary_of(aws, api) == {
        "deploymentId": made,
        "percentTraffic": 50.0,
        "stageVariableOverrides": {"testVar": "canary"},
        "useStageCache": False,
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            {},
            "Invalid deployment content specified.Non null and non empty stageName must be provided for canary "
            "deployment. Provided value is null",
        ),
        (
            {"stageName": ""},
            "Invalid deployment content specified.Non null and non empty stageName must be provided for canary "
            "deployment. Provided value is ",
        ),
        (
            {"stageName": "other"},
            "Invalid deployment content specified.Stage other must already be created before making a canary release "
            "deployment",
        ),
    ],
)
def test_a_canary_needs_a_stage(aws: StandIn, api: RestApi, name: dict[str, str], words: str) -> None:
    """Recorded: test_create_canary_deployment_validation."""
    before = len(deployments(aws, api))

    with pytest.raises(ClientError) as caught:
        deployed(aws, api, saying("second"), canarySettings={"percentTraffic": 50.0}, **name)

    assert refusal(caught.value) == ("BadRequestException", words)
    assert len(deployments(aws, api)) == before


def test_a_plain_deployment_is_refused_for_a_stage_with_a_canary(aws: StandIn, api: RestApi) -> None:
    """https://github.com/serverless/serverless/issues/11518"""
    patch(aws, api, ("replace", CANARY_PERCENT, "0"))

    with pytest.raises(ClientError) as caught:
        deployed(aws, api, saying("second"), stageName=api.stage)

    assert refusal(caught.value)[1].startswith(
        "Invalid deployment content specified.Non canary deployment not supported on stage live because Canary is "
        "enabled."
    )


@pytest.mark.parametrize("user", ["stage", "canary"])
def test_a_deployment_in_use_cannot_be_deleted(aws: StandIn, api: RestApi, user: str) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/30733"""
    used = deployed(aws, api, saying("second"))
    patch(aws, api, ("replace", "/deploymentId" if user == "stage" else CANARY_DEPLOYMENT, used))
    client = aws.client("apigateway", ACCOUNT)

    with pytest.raises(ClientError) as caught:
        client.delete_deployment(restApiId=api.api_id, deploymentId=used)
    assert refusal(caught.value) == (
        "BadRequestException",
        "Active stages pointing to this deployment must be moved or deleted",
    )

    client.delete_deployment(restApiId=api.api_id, deploymentId=deployed(aws, api, saying("third")))


def test_an_api_without_methods_is_not_deployed(aws: StandIn, api: RestApi) -> None:
    """https://github.com/cloudtools/troposphere/issues/496"""
    with pytest.raises(ClientError) as caught:
        deployed(aws, api, document({}))

    assert refusal(caught.value) == ("BadRequestException", "The REST API doesn't contain any methods")


def test_a_method_without_an_integration_is_not_deployed(aws: StandIn, api: RestApi) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/21210"""
    with pytest.raises(ClientError) as caught:
        deployed(aws, api, document({}, paths={"/": {"get": {"responses": {}}}}))

    assert refusal(caught.value) == ("BadRequestException", "No integration defined for method")


def test_a_stage_shows_only_what_it_has(aws: StandIn, api: RestApi) -> None:
    """Recorded: test_update_stage_canary_deployment_validation, get-stage."""
    client = aws.client("apigateway", ACCOUNT)
    client.create_deployment(restApiId=api.api_id, stageName="dev")

    found = client.get_stage(restApiId=api.api_id, stageName="dev")

    shown = {"deploymentId", "stageName", "createdDate", "lastUpdatedDate", "ResponseMetadata"}
    assert {key: value for key, value in found.items() if key not in shown} == {
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {},
        "tracingEnabled": False,
    }


def test_a_stage_can_have_a_canary_from_the_start(aws: StandIn, api: RestApi) -> None:
    """Recorded: test_create_update_stages."""
    client, own, canary = (
        aws.client("apigateway", ACCOUNT),
        deployed(aws, api, saying("2")),
        deployed(aws, api, saying("3")),
    )
    settings = {"deploymentId": canary, "percentTraffic": 50, "stageVariableOverrides": {"testVar": "canary"}}

    made = client.create_stage(restApiId=api.api_id, stageName="dev", deploymentId=own, canarySettings=settings)

    assert made["canarySettings"] == {**settings, "percentTraffic": 50.0, "useStageCache": False}


def test_a_stage_is_not_made_with_an_unknown_canary(aws: StandIn, api: RestApi) -> None:
    """Recorded: test_create_canary_deployment, bad-canary-deployment-id."""
    with pytest.raises(ClientError) as caught:
        aws.client("apigateway", ACCOUNT).create_stage(
            restApiId=api.api_id,
            stageName="dev",
            deploymentId=stage_of(aws, api)["deploymentId"],
            canarySettings={"deploymentId": "deploy"},
        )

    assert refusal(caught.value) == ("BadRequestException", "Deployment id does not exist")


def test_replacing_the_canarys_deployment_makes_a_canary_without_traffic(aws: StandIn, api: RestApi) -> None:
    """Recorded: test_create_canary_deployment_by_stage_update."""
    new = deployed(aws, api, saying("second"))

    patch(aws, api, ("replace", CANARY_DEPLOYMENT, new))
    assert canary_of(aws, api) == {"deploymentId": new, "percentTraffic": 0.0, "useStageCache": False}

    patch(aws, api, ("remove", "/canarySettings"))
    assert canary_of(aws, api) is None


def test_replacing_the_canarys_share_makes_a_canary_of_the_stages_own_deployment(aws: StandIn, api: RestApi) -> None:
    """Recorded: test_create_canary_deployment_by_stage_update, update-stage-with-percent."""
    own = stage_of(aws, api)["deploymentId"]

    patch(aws, api, ("replace", CANARY_PERCENT, "50"))

    assert canary_of(aws, api) == {"deploymentId": own, "percentTraffic": 50.0, "useStageCache": False}


def test_one_call_sets_up_a_canary(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/update-canary-deployment.html"""
    new = deployed(aws, api, saying("second"))

    patch(
        aws,
        api,
        ("replace", CANARY_DEPLOYMENT, new),
        ("replace", CANARY_PERCENT, "5.0"),
        ("replace", f"{CANARY_VARIABLES}/testVar", "canary"),
        ("replace", "/canarySettings/useStageCache", "false"),
    )

    assert canary_of(aws, api) == {
        "deploymentId": new,
        "percentTraffic": 5.0,
        "stageVariableOverrides": {"testVar": "canary"},
        "useStageCache": False,
    }


def test_a_canarys_variable_can_be_removed(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/update-canary-deployment.html"""
    patch(aws, api, ("replace", f"{CANARY_VARIABLES}/one", "1"), ("replace", f"{CANARY_VARIABLES}/two", "2"))

    found = patch(aws, api, ("remove", f"{CANARY_VARIABLES}/one"), ("replace", CANARY_PERCENT, "20.0"))
    assert found["canarySettings"]["stageVariableOverrides"] == {"two": "2"}

    found = patch(aws, api, ("remove", f"{CANARY_VARIABLES}/two"))
    assert "stageVariableOverrides" not in found["canarySettings"]


def test_a_canary_is_promoted_and_stays_without_traffic(aws: StandIn, api: RestApi) -> None:
    """Recorded: test_update_stage_with_copy_ops, update-stage-with-copy-2. The other variables stay."""
    settings = {"percentTraffic": 50.0, "stageVariableOverrides": {"testVar": "override"}}
    new = deployed(aws, api, saying("second"), stageName=api.stage, canarySettings=settings)

    found = patch(aws, api, ("replace", CANARY_PERCENT, "0.0"), *PROMOTE)

    assert found["deploymentId"] == new
    assert found["variables"] == {"testVar": "override", "testVar2": "test2"}
    assert found["canarySettings"] == {
        "deploymentId": new,
        "percentTraffic": 0.0,
        "stageVariableOverrides": {"testVar": "override"},
        "useStageCache": False,
    }


def test_a_canary_is_promoted_and_removed_in_one_call(aws: StandIn, api: RestApi) -> None:
    """Each operation is recorded, but not both in one call."""
    new = deployed(aws, api, saying("second"))
    patch(aws, api, ("replace", CANARY_DEPLOYMENT, new), ("replace", CANARY_PERCENT, "20"))

    found = patch(aws, api, *PROMOTE, ("remove", "/canarySettings"))

    assert found["deploymentId"] == new
    assert "canarySettings" not in found


def test_a_copy_without_a_canary_is_refused(aws: StandIn, api: RestApi) -> None:
    """Recorded: copy-with-no-replace."""
    assert refused(aws, api, *reversed(PROMOTE)) == "Promotion not available. Canary does not exist."


def test_a_copy_into_the_canary_is_refused(aws: StandIn, api: RestApi) -> None:
    """Recorded: copy-with-bad-statement."""
    assert refused(aws, api, ("copy", CANARY_VARIABLES, "/variables")) == (
        "Invalid copy operation with path: /canarySettings/stageVariableOverrides and from /variables. Valid copy:path "
        "are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, "
        "/canarySettings/stageVariableOverrides]"
    )


@pytest.mark.parametrize("path", ["/canarySettings", "/canarySettings/badPath"])
def test_a_path_that_does_not_exist_cannot_be_replaced(aws: StandIn, api: RestApi, path: str) -> None:
    """Recorded: update-stage-canary-settings-bad-path-2 and -replace-bad-path; the list of paths is longer there."""
    patch(aws, api, ("replace", CANARY_PERCENT, "1"))

    assert refused(aws, api, ("replace", path, "x")).startswith(
        f"Invalid method setting path: {path}. Must be one of: [/deploymentId, /description,"
    )


@pytest.mark.parametrize("path", ["stageVariableOverrides", "badPath"])
def test_only_the_whole_canary_can_be_removed(aws: StandIn, api: RestApi, path: str) -> None:
    """Recorded: update-stage-canary-settings-remove-overrides and -bad-path."""
    patch(aws, api, ("replace", CANARY_PERCENT, "1"))

    assert refused(aws, api, ("remove", f"/canarySettings/{path}")) == (
        f"Cannot remove method setting canarySettings/{path} because there is no method setting for this method "
    )


def test_add_is_refused(aws: StandIn, api: RestApi) -> None:
    """Recorded: update-stage-add-deployment."""
    assert refused(aws, api, ("add", CANARY_DEPLOYMENT, stage_of(aws, api)["deploymentId"])) == (
        "Invalid add operation with path: /canarySettings/deploymentId"
    )


@pytest.mark.parametrize("path", [CANARY_DEPLOYMENT, "/deploymentId"])
def test_an_unknown_deployment_is_refused(aws: StandIn, api: RestApi, path: str) -> None:
    """Recorded for the canary: update-stage-no-deployment."""
    assert refused(aws, api, ("replace", path, "deploy")) == "Deployment id does not exist"


def test_if_one_operation_fails_none_is_applied(aws: StandIn, api: RestApi) -> None:
    """AWS documents no order of failing. `refused` compares the stage before and after."""
    assert refused(
        aws, api, ("replace", "/variables/testVar", "new"), ("replace", CANARY_PERCENT, "9"), ("add", "/x", "y")
    )


def test_the_way_back_is_one_call(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch"""
    first, new = stage_of(aws, api)["deploymentId"], deployed(aws, api, saying("second"))
    patch(aws, api, ("replace", "/deploymentId", new), ("replace", "/variables/added", "x"))
    patch(aws, api, ("replace", "/variables/testVar", "new"), ("replace", CANARY_PERCENT, "9"))

    found = patch(
        aws,
        api,
        ("replace", "/deploymentId", first),
        ("replace", "/variables/testVar", "test"),
        ("remove", "/variables/added"),
        ("remove", "/canarySettings"),
    )

    assert found["deploymentId"] == first
    assert found["variables"] == {"testVar": "test", "testVar2": "test2"}
    assert "canarySettings" not in found


def test_the_last_variable_can_be_removed(aws: StandIn, api: RestApi) -> None:
    """Recorded: a stage without variables has none in its description."""
    assert "variables" not in patch(aws, api, ("remove", "/variables/testVar"), ("remove", "/variables/testVar2"))


@pytest.mark.parametrize("path", ["/variables", CANARY_VARIABLES])
def test_a_stage_variables_value_is_checked(aws: StandIn, api: RestApi, path: str) -> None:
    """https://github.com/awsdocs/amazon-api-gateway-developer-guide/issues/91"""
    assert refused(aws, api, ("replace", f"{path}/alias", "$LATEST")) == (
        "Invalid stage variable value: $LATEST.  Please use values with alphanumeric characters and the symbols "
        "' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."
    )


def test_a_stage_variables_name_is_checked(aws: StandIn, api: RestApi) -> None:
    """https://github.com/serverless/serverless/issues/6133"""
    assert refused(aws, api, ("replace", "/variables/owner:name", "x")) == (
        "Invalid stage variable name: owner:name.  Please use names with only word characters."
    )


def test_a_canarys_share_is_between_0_and_100(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CanarySettings.html; the words are not AWS'."""
    assert refused(aws, api, ("replace", CANARY_PERCENT, "100.5"))


def test_a_stage_that_does_not_exist_is_not_found(aws: StandIn, api: RestApi) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html"""
    with pytest.raises(ClientError) as caught:
        aws.client("apigateway", ACCOUNT).update_stage(restApiId=api.api_id, stageName="none", patchOperations=[])

    assert refusal(caught.value) == ("NotFoundException", "Invalid Stage identifier specified")
