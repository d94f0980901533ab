"""Which versions are there: what is asked, that no value is, and what a person is told where there is none."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from gantry.aws.referenced_versions import ReferencedVersions, describing_rights
from gantry.aws.session_policy import reading
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.references.reference import Reference
from tests.unit.handlers.payloads import TARGET

URL, OTHER = Reference("parameter", "/cowsay/url"), Reference("parameter", "/cowsay/other")
PASSWORD, USER = Reference("secret", "cowsay/db", "password"), Reference("secret", "cowsay/db", "user")
WHERE = "444444444444/us-east-1"
DB_ARN = "arn:aws:secretsmanager:us-east-1:444444444444:secret:cowsay/db-AbCdEf"
OLD, NEW = "00000000-1111-4222-8333-444444444444", "55555555-6666-4777-8888-999999999999"


class Both:
    """Both clients, each with a script of answers."""

    def __init__(self) -> None:
        self.ssm, self.secrets = boto3.client("ssm", "us-east-1"), boto3.client("secretsmanager", "us-east-1")
        self.of_ssm, self.of_secrets = Stubber(self.ssm), Stubber(self.secrets)
        self.versions = ReferencedVersions(self.ssm, self.secrets, WHERE)

    def describes(self, *found: tuple[str, int], token: str | None = None, after: str | None = None) -> None:
        names = {"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["/cowsay/url", "/cowsay/other"]}]}
        page: dict[str, Any] = {"Parameters": [{"Name": name, "Version": version} for name, version in found]}
        expected = names | ({"NextToken": after} if after else {})
        self.of_ssm.add_response("describe_parameters", page | ({"NextToken": token} if token else {}), expected)

    def secret(self, **described: Any) -> None:
        self.of_secrets.add_response("describe_secret", {"ARN": DB_ARN, **described}, {"SecretId": "cowsay/db"})


@pytest.fixture
def there() -> Any:
    both = Both()
    with both.of_ssm, both.of_secrets:
        yield both
        both.of_ssm.assert_no_pending_responses()
        both.of_secrets.assert_no_pending_responses()


def test_parameters_are_asked_for_together_and_an_empty_page_is_not_the_end(there: Both) -> None:
    there.describes(token="more")
    there.describes(("/cowsay/url", 7), after="more")
    found = there.versions.find([URL, OTHER, URL])
    assert found.versions == {URL: "7"}
    assert found.problems[OTHER].startswith(f"there is no parameter /cowsay/other in {WHERE}: create it there, or")


def test_a_secret_has_the_version_that_is_current(there: Both) -> None:
    for _ in (PASSWORD, USER):
        there.secret(VersionIdsToStages={OLD: ["AWSPREVIOUS"], NEW: ["AWSCURRENT", "mine"]})
    found = there.versions.find([PASSWORD, USER])
    assert found.versions == {PASSWORD: NEW, USER: NEW}
    assert found.secret_arns == {PASSWORD: DB_ARN, USER: DB_ARN}


@pytest.mark.parametrize(
    ("described", "why"),
    [
        ({"DeletedDate": datetime(2026, 11, 2, tzinfo=UTC)}, "is scheduled for deletion, since 2026-11-02: restore it"),
        ({"VersionIdsToStages": {}}, "has no value yet: put one there"),
    ],
)
def test_a_secret_that_nobody_can_read_has_no_version(there: Both, described: dict[str, Any], why: str) -> None:
    there.secret(**described)
    assert f"secret cowsay/db in {WHERE} {why}" in there.versions.find([PASSWORD]).problems[PASSWORD]


def test_a_secret_that_is_not_there_is_named_with_what_to_do(there: Both) -> None:
    there.of_secrets.add_client_error("describe_secret", "ResourceNotFoundException")
    assert (
        "A reference is read in the account and region of each target"
        in there.versions.find([PASSWORD]).problems[PASSWORD]
    )


def test_an_account_that_does_not_let_it_look_is_told_with_the_remedy(there: Both) -> None:
    there.of_secrets.add_client_error("describe_secret", "AccessDeniedException", "not authorized: DescribeSecret")
    with pytest.raises(TargetAccessError, match=r"target/template\.yaml there, .*\(not authorized: DescribeSecret\)"):
        there.versions.find([PASSWORD])


def test_one_that_does_not_answer_is_asked_again_by_whoever_asked(there: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_answer(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://secretsmanager")

    monkeypatch.setattr(there.secrets, "describe_secret", no_answer)
    with pytest.raises(ConnectTimeoutError):
        there.versions.find([PASSWORD])


def test_another_region_is_asked_too_and_one_that_does_not_say_has_nothing(
    there: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.secret(VersionIdsToStages={NEW: ["AWSCURRENT"]})
    assert there.versions.there([PASSWORD]) == {PASSWORD}
    for code in ("AccessDeniedException", "UnrecognizedClientException"):
        there.of_secrets.add_client_error("describe_secret", code)
        assert there.versions.there([PASSWORD]) == frozenset()

    def no_answer(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://secretsmanager")

    monkeypatch.setattr(there.secrets, "describe_secret", no_answer)
    assert there.versions.there([PASSWORD]) == frozenset()


def test_no_session_may_read_a_value() -> None:
    rights = describing_rights(TARGET)
    assert {action for each in rights for action in each.actions} == {
        "ssm:DescribeParameters",
        "secretsmanager:DescribeSecret",
    }
    assert reading(rights) == rights
