"""What a program's role may not read, in words for people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from botocore.stub import Stubber

from gantry.aws.policy_simulation import Denial, NoSuchRoleError, PolicySimulation
from gantry.aws.referenced_versions import FoundVersions
from gantry.aws.role_rights import RoleRights, simulating_rights
from gantry.aws.session_policy import reading, session_policy
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.references.reference import Reference
from gantry.promotion.target import Target

TARGET = Target("lambda", "444444444444", "us-east-1", "cowsay/live", "arn")
ROLE = "arn:aws:iam::444444444444:role/cowsay"
URL, PASSWORD, USER = (
    Reference("parameter", "/cowsay/url"),
    Reference("secret", "cowsay/db", "password"),
    Reference("secret", "cowsay/db", "user"),
)
URL_ARN = "arn:aws:ssm:us-east-1:444444444444:parameter/cowsay/url"
PATH_ARN = "arn:aws:ssm:us-east-1:444444444444:parameter/cowsay"
DB_ARN = "arn:aws:secretsmanager:us-east-1:444444444444:secret:cowsay/db-AbCdEf"
FOUND = FoundVersions({URL: "7", PASSWORD: "one", USER: "one"}, {}, {PASSWORD: DB_ARN, USER: DB_ARN})
IMPLICIT, EXPLICIT = (Denial(each, by_boundary=False) for each in (False, True))


@dataclass
class FakeSimulation:
    """What is denied, by the ARN."""

    denied: dict[str, Denial] = field(default_factory=dict)
    refusal: Exception | None = None
    asked: list[tuple[str, list[str]]] = field(default_factory=list)

    def denials(self, actions: Sequence[str], arns: Sequence[str]) -> dict[str, Denial]:
        self.asked.append((actions[0], list(arns)))
        if self.refusal:
            raise self.refusal
        return {each: self.denied[each] for each in arns if each in self.denied}


class Both:
    """IAM's answers, and the secrets' client with a script of them."""

    def __init__(self) -> None:
        self.simulation = FakeSimulation()
        self.secrets = boto3.client("secretsmanager", "us-east-1")
        self.answers = Stubber(self.secrets)

    def problems(self, found: FoundVersions = FOUND) -> tuple[str, ...]:
        return RoleRights(cast("PolicySimulation", self.simulation), self.secrets, TARGET, ROLE).problems(found)

    def policy(self, **more: Any) -> None:
        self.answers.add_response("get_resource_policy", {"Name": "cowsay/db", **more}, {"SecretId": DB_ARN})


@pytest.fixture
def there() -> Iterator[Both]:
    made = Both()
    with made.answers:
        yield made
        made.answers.assert_no_pending_responses()


def test_one_call_asks_about_all_parameters_and_one_about_all_secrets(there: Both) -> None:
    assert there.problems() == ()
    assert there.simulation.asked == [
        ("ssm:GetParameter", [URL_ARN, PATH_ARN]),
        ("secretsmanager:GetSecretValue", [DB_ARN]),
    ]


def test_a_right_to_the_path_that_a_parameter_is_below_is_enough(there: Both) -> None:
    there.simulation.denied[URL_ARN] = IMPLICIT
    assert there.problems() == ()


def test_a_parameter_that_nothing_allows_is_named_with_the_role_and_what_to_do(there: Both) -> None:
    there.simulation.denied |= {URL_ARN: IMPLICIT, PATH_ARN: IMPLICIT}
    assert there.problems() == (
        f"the role {ROLE} may not read parameter /cowsay/url in 444444444444/us-east-1 (ssm:GetParameter): allow it "
        "in a policy of the role, and wait a minute before you promote again",
    )


@pytest.mark.parametrize(
    ("denial", "remedy"),
    [
        (EXPLICIT, "take out the statement that denies it, and wait"),
        (
            Denial(is_explicit=False, by_boundary=True),
            "allow it in a policy of the role and in its permissions boundary, and wait",
        ),
    ],
)
def test_the_remedy_is_that_of_the_denial(there: Both, denial: Denial, remedy: str) -> None:
    there.simulation.denied |= {URL_ARN: denial, PATH_ARN: IMPLICIT}
    (problem,) = there.problems()
    assert remedy in problem


def test_a_secret_without_a_policy_is_named_once_whatever_its_keys(there: Both) -> None:
    there.simulation.denied[DB_ARN] = IMPLICIT
    there.policy()
    (problem,) = there.problems()
    assert "may not read secret cowsay/db in 444444444444/us-east-1 (secretsmanager:GetSecretValue)" in problem


def test_a_secret_whose_own_policy_may_allow_it_is_no_problem(there: Both) -> None:
    there.simulation.denied[DB_ARN] = IMPLICIT
    there.policy(ResourcePolicy="{}")
    assert there.problems() == ()


def test_what_a_policy_denies_no_policy_of_a_secret_allows(there: Both) -> None:
    there.simulation.denied[DB_ARN] = EXPLICIT
    (problem,) = there.problems()
    assert "take out the statement that denies it" in problem


def test_a_secret_that_does_not_say_whether_it_has_a_policy_is_no_problem(
    there: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.simulation.denied[DB_ARN] = IMPLICIT
    there.answers.add_client_error("get_resource_policy", "InternalServiceError")
    assert there.problems() == ()

    def no_answer(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://secretsmanager")

    monkeypatch.setattr(there.secrets, "get_resource_policy", no_answer)
    assert there.problems() == ()


def test_a_role_that_is_not_there_is_named(there: Both) -> None:
    there.simulation.refusal = NoSuchRoleError()
    (problem,) = there.problems()
    assert problem.startswith(f"there is no role {ROLE}, with which {TARGET.id} is to read")


def test_an_account_that_does_not_let_it_ask_is_told_with_the_remedy(there: Both) -> None:
    denied = {"Error": {"Code": "AccessDenied", "Message": "not authorized: SimulatePrincipalPolicy"}}
    there.simulation.refusal = ClientError(cast("Any", denied), "SimulatePrincipalPolicy")
    with pytest.raises(TargetAccessError, match=r"target/template\.yaml there, .*\(not authorized: SimulateP"):
        there.problems()


def test_a_secret_whose_own_policy_refuses_the_question_is_no_problem(there: Both) -> None:
    there.simulation.denied[DB_ARN] = IMPLICIT
    there.answers.add_client_error("get_resource_policy", "AccessDeniedException", "not authorized: GetResourcePolicy")
    assert there.problems() == ()


def test_a_session_asks_about_one_role_and_changes_nothing() -> None:
    rights = simulating_rights(TARGET, ROLE)
    assert rights[0].resources == (ROLE,)
    assert reading(rights) == rights
    longest = f"arn:aws:iam::444444444444:role/{'p' * 510}/{'r' * 64}"
    assert len(session_policy(simulating_rights(TARGET, longest))) < 2048
