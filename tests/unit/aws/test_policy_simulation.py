"""What IAM says a role may do, in each shape of its answers."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from botocore.stub import ANY, Stubber

from gantry.aws.policy_simulation import Denial, NoSuchRoleError, PolicySimulation
from gantry.promotion.target import Target

TARGET = Target("lambda", "444444444444", "eu-west-1", "cowsay/live", "arn")
ROLE = "arn:aws:iam::444444444444:role/cowsay"
ACTIONS = ("ssm:GetParameter", "ssm:GetParameters")
URL, OTHER = (f"arn:aws:ssm:eu-west-1:444444444444:parameter/cowsay/{name}" for name in ("url", "other"))
ALLOWED, EXPLICIT, IMPLICIT = "allowed", "explicitDeny", "implicitDeny"


class Simulated:
    """IAM with a script of answers."""

    def __init__(self) -> None:
        self.iam = boto3.client("iam", "eu-west-1")
        self.answers = Stubber(self.iam)
        self.simulation = PolicySimulation(self.iam, TARGET, ROLE)

    def says(self, *results: dict[str, Any], marker: str | None = None, after: str | None = None) -> None:
        more = {"IsTruncated": bool(marker)} | ({"Marker": marker} if marker else {})
        expected = {
            "PolicySourceArn": ROLE,
            "ActionNames": list(ACTIONS),
            "ResourceArns": [URL, OTHER],
            "ContextEntries": ANY,
        }
        self.answers.add_response(
            "simulate_principal_policy",
            {"EvaluationResults": list(results)} | more,
            expected | ({"Marker": after} if after else {}),
        )

    @property
    def denials(self) -> dict[str, Denial]:
        return self.simulation.denials(ACTIONS, [URL, OTHER])


@pytest.fixture
def iam() -> Iterator[Simulated]:
    made = Simulated()
    with made.answers:
        yield made
        made.answers.assert_no_pending_responses()


def specific(arn: str, decision: str, **more: Any) -> dict[str, Any]:
    return {"EvalResourceName": arn, "EvalResourceDecision": decision, **more}


def result(action: str, url: str, other: str = ALLOWED, of_url: Any = None, **more: Any) -> dict[str, Any]:
    """One action's result as IAM answers now: the strictest decision, and that of each resource."""
    strictest = next(each for each in (EXPLICIT, IMPLICIT, ALLOWED) if each in {url, other})
    resources = [specific(URL, url, **(of_url or {})), specific(OTHER, other)]
    return {
        "EvalActionName": action,
        "EvalResourceName": "arn:${Partition}:ssm:${Region}:${Account}:parameter/${ParameterNameWithoutLeadingSlash}",
        "EvalDecision": strictest,
        "ResourceSpecificResults": resources,
        **more,
    }


def both(url: str, **more: Any) -> list[dict[str, Any]]:
    return [result(each, url, **more) for each in ACTIONS]


@pytest.mark.parametrize(
    ("first", "second", "denial"),
    [
        (ALLOWED, ALLOWED, None),
        (ALLOWED, EXPLICIT, None),
        (IMPLICIT, ALLOWED, None),
        (IMPLICIT, IMPLICIT, Denial(is_explicit=False, by_boundary=False)),
        (IMPLICIT, EXPLICIT, Denial(is_explicit=True, by_boundary=False)),
    ],
)
def test_one_action_that_is_allowed_is_enough(iam: Simulated, first: str, second: str, denial: Denial | None) -> None:
    iam.says(result(ACTIONS[0], first), result(ACTIONS[1], second))
    assert iam.denials == ({URL: denial} if denial else {})


def test_the_strictest_decision_of_all_resources_is_not_that_of_each(iam: Simulated) -> None:
    iam.says(*both(ALLOWED, other=EXPLICIT))
    assert set(iam.denials) == {OTHER}


def test_the_strictest_decision_of_all_says_nothing_of_one_of_several(iam: Simulated) -> None:
    """As IAM answered earlier: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html"""
    iam.says(
        *(
            {"EvalActionName": action, "EvalResourceName": arn, "EvalDecision": decision}
            for action in ACTIONS
            for arn, decision in ((URL, IMPLICIT), (OTHER, IMPLICIT))
        )
    )
    assert iam.denials == {}


def test_many_resources_are_asked_about_in_several_questions(iam: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def answer(_: str, params: Any) -> Any:
        arns = params["ResourceArns"]
        asked.append(len(arns))
        answers = [specific(arn, IMPLICIT) for arn in arns]
        results = [{"EvalDecision": IMPLICIT, "ResourceSpecificResults": answers} for _ in ACTIONS]
        return {"EvaluationResults": results, "IsTruncated": False}

    monkeypatch.setattr(iam.iam, "_make_api_call", answer)
    assert len(iam.simulation.denials(ACTIONS, [f"{URL}{number}" for number in range(45)])) == 45
    assert asked == [20, 20, 5]


def test_results_come_in_pages(iam: Simulated) -> None:
    iam.says(result(ACTIONS[0], IMPLICIT), marker="more")
    iam.says(result(ACTIONS[1], IMPLICIT), after="more")
    assert set(iam.denials) == {URL}


@pytest.mark.parametrize(
    "results",
    [
        pytest.param(both(IMPLICIT, of_url={"MissingContextValues": ["aws:SourceVpc"]}), id="missing values"),
        pytest.param(both(EXPLICIT, MissingContextValues=["aws:SourceVpc"]), id="missing values of one resource"),
        pytest.param(both(IMPLICIT, OrganizationsDecisionDetail={"AllowedByOrganizations": False}), id="organisation"),
        pytest.param([result(ACTIONS[0], IMPLICIT)], id="an action without a result"),
        pytest.param(
            [{"EvalActionName": each, "EvalResourceName": "*", "EvalDecision": IMPLICIT} for each in ACTIONS],
            id="a decision without its resource",
        ),
    ],
)
def test_what_is_not_known_is_no_denial(iam: Simulated, results: list[dict[str, Any]]) -> None:
    iam.says(*results)
    assert iam.denials == {}


def test_what_the_boundary_does_not_allow_is_said(iam: Simulated) -> None:
    boundary = {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}
    iam.says(*both(IMPLICIT, of_url=boundary, OrganizationsDecisionDetail={"AllowedByOrganizations": True}))
    assert iam.denials == {URL: Denial(is_explicit=False, by_boundary=True)}


def test_the_condition_keys_that_are_known_are_given(iam: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    given = dict[str, list[str]]()

    def keep(params: dict[str, Any], **_: Any) -> None:
        given.update((each["ContextKeyName"], each["ContextKeyValues"]) for each in params["ContextEntries"])

    iam.iam.meta.events.register("provide-client-params.iam.SimulatePrincipalPolicy", keep)
    iam.says(*both(ALLOWED))
    assert iam.denials == {}
    assert given == {
        "aws:SecureTransport": ["true"],
        "aws:RequestedRegion": ["eu-west-1"],
        "aws:PrincipalAccount": ["444444444444"],
        "aws:ResourceAccount": ["444444444444"],
    }


def test_nothing_to_ask_about_asks_nobody(iam: Simulated) -> None:
    assert iam.simulation.denials(ACTIONS, []) == {}


def test_a_role_that_is_not_there_is_told(iam: Simulated) -> None:
    iam.answers.add_client_error("simulate_principal_policy", "NoSuchEntity")
    with pytest.raises(NoSuchRoleError):
        _ = iam.denials


def test_a_pipeline_that_may_not_ask_is_told(iam: Simulated) -> None:
    iam.answers.add_client_error("simulate_principal_policy", "AccessDenied")
    with pytest.raises(ClientError):
        _ = iam.denials


@pytest.mark.parametrize("code", ["Throttling", "PolicyEvaluation", "InvalidInput", "ServiceFailure"])
def test_what_iam_does_not_answer_stops_nothing(iam: Simulated, code: str) -> None:
    iam.answers.add_client_error("simulate_principal_policy", code)
    assert iam.denials == {}


def test_an_iam_that_cannot_be_reached_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Simulated()

    def no_answer(*_: Any, **__: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://iam.amazonaws.com")

    monkeypatch.setattr(made.iam, "_make_api_call", no_answer)
    assert made.denials == {}
