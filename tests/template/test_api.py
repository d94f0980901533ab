"""The approval API: which requests lead to which function, who gets through, and what is logged of them."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.template.parsed import functions, resources, routes, template

ROUTES = {
    "GET /approvals/{link}": "ShowApproval",
    "POST /approvals/{link}": "DecideApproval",
    "POST /decisions/{approval}": "DecideApproval",
    "POST /promotions": "StartPromotionByCall",
    "POST /hooks/{check}": "AnswerCheck",
    "POST /canaries/{action}": "SteerCanary",
    "GET /status": "ShowStatus",
    "GET /status/{service+}": "ShowStatus",
    "GET /iam/status": "ShowStatus",
    "GET /iam/status/{service+}": "ShowStatus",
    "GET /previews/{service+}": "PreviewPromotion",
    "GET /drift": "LookForDrift",
    "GET /drift/{service+}": "LookForDrift",
}
LINKS = [key for key in ROUTES if key.endswith("{link}")]
SIGNED_IN = ["GET /status", "GET /status/{service+}"]
HARMLESS = {
    "requestId",
    "requestTime",
    "routeKey",
    "status",
    "identity.sourceIp",
    "identity.userAgent",
    "authorizer.error",
    "integrationErrorMessage",
}
"""What neither is a link nor has one in it:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html"""


def only(kind: str) -> Mapping[str, Any]:
    """The properties of the one resource of a type."""
    (own,) = resources(f"AWS::ApiGatewayV2::{kind}").values()
    return own


def test_each_route_leads_to_its_function_and_there_is_no_other() -> None:
    """So no HEAD, no OPTIONS and no catch-all."""
    assert {key: route.function for key, route in routes().items()} == ROUTES
    assert len(resources("AWS::ApiGatewayV2::Route")) == len(ROUTES)
    assert set(only("Api")) == {"Name", "Description", "ProtocolType"}, "neither CORS nor a body with routes of its own"


def test_everything_of_the_api_belongs_to_the_one_api() -> None:
    kinds = ("Stage", "Authorizer", "Route", "Integration")
    found = [own["ApiId"] for kind in kinds for own in resources(f"AWS::ApiGatewayV2::{kind}").values()]
    assert found == [{"Ref": "ApprovalApi"}] * len(found)


def test_integrations_hand_over_what_the_handlers_read() -> None:
    for name, own in resources("AWS::ApiGatewayV2::Integration").items():
        assert (own["IntegrationType"], own["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0"), name
        assert own["IntegrationUri"] == {"Fn::GetAtt": [name.replace("Integration", "Function"), "Arn"]}


def test_the_api_may_invoke_a_function_through_its_routes_and_no_other_way() -> None:
    """A source's path is the route's, parameters as they are written there, as in the console's permissions."""
    begins = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${ApprovalApi}/$default/"
    expected = {(f"{name}Function", begins + key.replace(" ", "", 1)) for key, name in ROUTES.items()}
    permissions = resources("AWS::Lambda::Permission").values()
    found = {
        (own["FunctionName"]["Ref"], own["SourceArn"]["Fn::Sub"])
        for own in permissions
        if own["Principal"] == "apigateway.amazonaws.com"
    }
    assert found == expected


@pytest.mark.parametrize("key", LINKS)
def test_a_link_asks_for_a_sign_in_exactly_where_there_is_an_issuer(key: str) -> None:
    assert template()["Conditions"]["HasSignIn"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "SignInIssuer"}, ""]}]}
    route = routes()[key].own
    assert route["AuthorizationType"] == {"Fn::If": ["HasSignIn", "JWT", "NONE"]}
    assert route["AuthorizerId"] == {"Fn::If": ["HasSignIn", {"Ref": "SignIn"}, {"Ref": "AWS::NoValue"}]}


def test_a_sign_in_is_a_token_of_the_issuer_for_the_audience_in_the_header() -> None:
    authorizer = template()["Resources"]["SignIn"]
    assert authorizer["Condition"] == "HasSignIn"
    own = authorizer["Properties"]
    assert own["AuthorizerType"] == "JWT"
    assert own["IdentitySource"] == [{"Fn::Sub": "$request.header.${SignInHeader}"}]
    assert own["JwtConfiguration"] == {"Issuer": {"Ref": "SignInIssuer"}, "Audience": [{"Ref": "SignInAudience"}]}


def test_the_functions_behind_links_compare_tokens_with_the_authorizers_issuer() -> None:
    for name in {ROUTES[key] for key in LINKS}:
        assert functions()[name]["Environment"]["Variables"]["SIGN_IN_ISSUER"] == {"Ref": "SignInIssuer"}


def test_an_issuer_without_an_audience_or_a_proxys_address_is_refused() -> None:
    """A token for any other application of the issuer would do, and no browser would send one."""
    rule = template()["Rules"]["SignInIsComplete"]
    names = ("SignInIssuer", "SignInAudience", "ApprovalBaseUrl")
    given = [{"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]} for name in names]
    assert [rule["RuleCondition"], *(each["Assert"] for each in rule["Assertions"])] == given


@pytest.mark.parametrize("key", [key for key in ROUTES if key not in {*LINKS, *SIGNED_IN}])
def test_who_calls_without_a_link_is_known_to_iam(key: str) -> None:
    route = routes()[key].own
    assert route["AuthorizationType"] == "AWS_IAM"
    assert "AuthorizerId" not in route


@pytest.mark.parametrize("key", SIGNED_IN)
def test_the_status_page_exists_for_people_only_where_they_can_sign_in(key: str) -> None:
    """Without an issuer there is nothing that could tell a person from anybody else."""
    (name,) = [name for name, own in template()["Resources"].items() if own["Properties"].get("RouteKey") == key]
    assert template()["Resources"][name]["Condition"] == "HasSignIn"
    route = routes()[key].own
    assert (route["AuthorizationType"], route["AuthorizerId"]) == ("JWT", {"Ref": "SignIn"})
    permission = template()["Resources"][name.replace("Route", "Permission")]
    assert permission["Condition"] == "HasSignIn"


def test_the_status_page_is_never_public() -> None:
    ours = {key: route.own["AuthorizationType"] for key, route in routes().items() if route.function == "ShowStatus"}
    assert len(ours) == 4
    assert set(ours.values()) == {"JWT", "AWS_IAM"}, "a plain text, so that no parameter of the stack changes it"
    assert [key for key in ours if not key.startswith("GET ")] == [], "and it can do nothing but show"


def test_the_urls_of_the_status_page_are_outputs() -> None:
    outputs = template()["Outputs"]
    assert outputs["StatusUrl"]["Condition"] == "HasSignIn"
    assert outputs["StatusUrl"]["Value"] == {"Fn::Sub": "${ApprovalBaseUrl}/status"}, "a sign-in needs that parameter"
    assert outputs["IamStatusUrl"]["Value"] == {"Fn::Sub": "${ApprovalApi.ApiEndpoint}/iam/status"}


def test_every_route_says_who_gets_through() -> None:
    assert all("AuthorizationType" in route.own for route in routes().values())
    open_ones = [key for key, route in routes().items() if "NONE" in str(route.own["AuthorizationType"])]
    assert open_ones == LINKS, "nothing but a link may be enough"


def test_every_route_is_throttled() -> None:
    stage = only("Stage")
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    limits = stage["DefaultRouteSettings"]
    assert (limits["ThrottlingRateLimit"], limits["ThrottlingBurstLimit"]) == (10, 20)
    assert "RouteSettings" not in stage, "no route is let off"


def test_no_link_gets_into_the_log() -> None:
    settings = only("Stage")["AccessLogSettings"]
    assert settings["DestinationArn"] == {"Fn::GetAtt": ["ApprovalLogs", "Arn"]}
    assert json.loads(settings["Format"])
    logged = set(re.findall(r"\$context\.([\w.]+)", settings["Format"]))
    assert {"routeKey", "status", "identity.sourceIp"} <= logged <= HARMLESS


def test_links_begin_with_the_api_unless_a_domain_is_given() -> None:
    begins = {
        "Fn::If": ["HasApprovalBaseUrl", {"Ref": "ApprovalBaseUrl"}, {"Fn::GetAtt": ["ApprovalApi", "ApiEndpoint"]}]
    }
    assert template()["Outputs"]["ApprovalUrl"]["Value"] == begins
    said = [own.get("Environment", {}).get("Variables", {}).get("APPROVAL_BASE_URL") for own in functions().values()]
    assert [each for each in said if each] == [begins] * 3


def test_a_target_account_answers_checks_by_a_role_that_it_takes_under_its_own_id() -> None:
    role = template()["Resources"]["HooksRole"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": {"Ref": "TargetAccounts"}}
    assert trust["Condition"] == {"StringEquals": {"sts:RoleSessionName": "${aws:PrincipalAccount}"}}
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    assert statement["Resource"]["Fn::Sub"].endswith(":${ApprovalApi}/$default/POST/hooks/*")
    assert "ManagedPolicyArns" not in role
    assert functions()["AnswerCheck"]["Environment"]["Variables"] == {"HOOK_ROLE": {"Ref": "HooksRole"}}
