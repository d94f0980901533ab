"""Whether an image is in another region, and whether it is on its way there."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.artifacts.image_replication import ImageReplication, RegionalImages
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import ReplicationFailedError

DIGEST = f"sha256:{'a' * 64}"
IMAGE = Artifact(ArtifactKind.CONTAINER_IMAGE, DIGEST, "team/cowsay")
OWN, OTHER = "111111111111", "222222222222"
HERE, THERE = {"region": "eu-west-1", "registryId": OWN}, {"region": "eu-central-1", "registryId": OWN}
ELSEWHERE = {"region": "eu-west-1", "registryId": OTHER}


@pytest.fixture
def ecr() -> Any:
    return boto3.client("ecr", "us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")


@pytest.fixture
def answers(ecr: Any) -> Iterator[Stubber]:
    with Stubber(ecr) as stub:
        yield stub
        stub.assert_no_pending_responses()


def has_status(answers: Stubber, *statuses: dict[str, str]) -> None:
    asked = {"repositoryName": "team/cowsay", "imageId": {"imageDigest": DIGEST}}
    answers.add_response("describe_image_replication_status", {"replicationStatuses": list(statuses)}, asked)


def has_rules(answers: Stubber, *rules: dict[str, Any]) -> None:
    answers.add_response("describe_registry", {"replicationConfiguration": {"rules": list(rules)}}, {})


def rule(*destinations: dict[str, str], prefix: str | None = None) -> dict[str, Any]:
    filters = [{"filter": prefix, "filterType": "PREFIX_MATCH"}]
    return {"destinations": list(destinations)} | ({"repositoryFilters": filters} if prefix else {})


def progress(ecr: Any) -> str:
    return ImageReplication(ecr, OWN).progress(IMAGE, "eu-west-1")


def test_an_image_is_there_when_the_registry_of_that_region_has_its_digest(ecr: Any, answers: Stubber) -> None:
    asked = {"repositoryName": "team/cowsay", "imageIds": [{"imageDigest": DIGEST}]}
    answers.add_response("describe_images", {"imageDetails": [{"imageDigest": DIGEST}]}, asked)
    assert RegionalImages(ecr).has(IMAGE)


@pytest.mark.parametrize(
    ("code", "expected"), [(None, True), ("ImageNotFoundException", True), ("RepositoryNotFoundException", False)]
)
def test_an_image_is_expected_where_its_repository_is(
    ecr: Any, answers: Stubber, code: str | None, *, expected: bool
) -> None:
    if code:
        answers.add_client_error("describe_images", code)
    else:
        answers.add_response("describe_images", {"imageDetails": [{"imageDigest": DIGEST}]})
    assert RegionalImages(ecr).expects(IMAGE) is expected


@pytest.mark.parametrize("code", ["ImageNotFoundException", "RepositoryNotFoundException"])
def test_it_is_not_there_when_that_registry_does_not_know_it(ecr: Any, answers: Stubber, code: str) -> None:
    answers.add_client_error("describe_images", code)
    assert not RegionalImages(ecr).has(IMAGE)


def test_a_registry_that_cannot_say_so_is_a_fault(ecr: Any, answers: Stubber) -> None:
    answers.add_client_error("describe_images", "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        RegionalImages(ecr).has(IMAGE)


@pytest.mark.parametrize("status", ["IN_PROGRESS", "COMPLETE"])
def test_what_ecr_has_begun_is_on_its_way(ecr: Any, answers: Stubber, status: str) -> None:
    has_status(answers, THERE | {"status": "FAILED"}, ELSEWHERE | {"status": "FAILED"}, HERE | {"status": status})
    assert progress(ecr) == f"eu-west-1: {status}"


def test_what_ecr_could_not_bring_there_is_told_with_its_code(ecr: Any, answers: Stubber) -> None:
    has_status(answers, HERE | {"status": "FAILED", "failureCode": "AccessDenied"})
    with pytest.raises(ReplicationFailedError, match=r"to eu-west-1: AccessDenied.*Push it again"):
        progress(ecr)


@pytest.mark.parametrize("rules", [[rule(HERE)], [rule(THERE), rule(THERE, HERE, prefix="team/")]])
def test_without_a_status_a_rule_says_that_it_is_on_its_way(
    ecr: Any, answers: Stubber, rules: list[dict[str, Any]]
) -> None:
    has_status(answers)
    has_rules(answers, *rules)
    assert progress(ecr) == "eu-west-1: no status yet"


@pytest.mark.parametrize("rules", [[], [rule(THERE)], [rule(ELSEWHERE)], [rule(HERE, prefix="other/")]])
def test_without_a_rule_it_will_not_arrive_and_the_message_says_what_to_do(
    ecr: Any, answers: Stubber, rules: list[dict[str, Any]]
) -> None:
    has_status(answers, THERE | {"status": "COMPLETE"})
    has_rules(answers, *rules)
    with pytest.raises(
        ReplicationFailedError, match=r"no replication rule .* brings team/cowsay to eu-west-1. Add one"
    ):
        progress(ecr)
