"""What a role has to be allowed to change a REST API: actions are HTTP methods, resources are paths.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.rest_api import RestApi
from sandbox.stand_in.accounts import REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import a_role, allow
from tests.sandbox.rest_apis import ACCOUNT, an_api, refusal, saying

Call = Callable[[Any, RestApi], object]
CALLS: dict[str, tuple[str, str, Call]] = {
    "PutRestApi": ("PUT", "", lambda client, api: client.put_rest_api(restApiId=api.api_id, body=saying("x"))),
    "GetRestApi": ("GET", "", lambda client, api: client.get_rest_api(restApiId=api.api_id)),
    "CreateDeployment": ("POST", "/deployments", lambda client, api: client.create_deployment(restApiId=api.api_id)),
    "GetDeployments": ("GET", "/deployments", lambda client, api: client.get_deployments(restApiId=api.api_id)),
    "GetStage": ("GET", "/stages/live", lambda client, api: client.get_stage(restApiId=api.api_id, stageName="live")),
    "UpdateStage": (
        "PATCH",
        "/stages/live",
        lambda client, api: client.update_stage(
            restApiId=api.api_id,
            stageName="live",
            patchOperations=[{"op": "replace", "path": "/variables/x", "value": "y"}],
        ),
    ),
    "GetExport": (
        "GET",
        "/stages/live/exports/oas30",
        lambda client, api: client.get_export(restApiId=api.api_id, stageName="live", exportType="oas30"),
    ),
}


@pytest.fixture(scope="module")
def api(aws: StandIn) -> RestApi:
    return an_api(aws, saying("first"))


def client_for(aws: StandIn, action: str, resource: str) -> Any:
    role = a_role(aws, allow(action, resource), trusts={"AWS": ACCOUNT}, account=ACCOUNT)
    keys = aws.client("sts", ACCOUNT).assume_role(RoleArn=role, RoleSessionName="gantry")["Credentials"]
    return aws.session_client("apigateway", REGION, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def denied(call: Call, client: Any, api: RestApi) -> str:
    with pytest.raises(ClientError) as caught:
        call(client, api)
    assert refusal(caught.value)[0] == "AccessDeniedException"
    return refusal(caught.value)[1]


@pytest.mark.parametrize("operation", CALLS)
def test_a_call_is_allowed_on_exactly_its_path(aws: StandIn, api: RestApi, operation: str) -> None:
    method, path, call = CALLS[operation]
    resource = f"arn:aws:apigateway:{REGION}::/restapis/{api.api_id}{path}"

    call(client_for(aws, f"apigateway:{method}", resource), api)


@pytest.mark.parametrize("operation", CALLS)
def test_a_call_is_listed_under_its_name(aws: StandIn, api: RestApi, operation: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/cloudtrail.html"""
    client = client_for(aws, "apigateway:*", "*")
    CALLS[operation][2](client, api)

    key = client._request_signer._credentials.access_key
    found = aws.client("cloudtrail", ACCOUNT).lookup_events(
        LookupAttributes=[{"AttributeKey": "AccessKeyId", "AttributeValue": key}]
    )
    assert [event["EventName"] for event in found["Events"]] == [operation]


@pytest.mark.parametrize("operation", CALLS)
def test_a_call_is_denied_on_another_path_and_by_another_method(aws: StandIn, api: RestApi, operation: str) -> None:
    method, path, call = CALLS[operation]
    own = f"arn:aws:apigateway:{REGION}::/restapis/{api.api_id}{path}"

    assert denied(call, client_for(aws, f"apigateway:{method}", f"{own}x"), api).endswith(f"apigateway:{method} action")
    assert denied(call, client_for(aws, "apigateway:DELETE", own), api).endswith(f"apigateway:{method} action")
