"""ECR brings what is pushed to other regions, if a rule says so.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, new_name, soon

ELSEWHERE = "eu-west-1"
HELLO = {"app.py": "def handler(event, context):\n    return 'hello'"}


@pytest.fixture
def replicated(ecr: Any) -> str:
    """A repository with a policy, which a rule covers."""
    name = new_name("replicated")
    ecr.create_repository(repositoryName=name)
    ecr.set_repository_policy(repositoryName=name, policyText='{"Version": "2012-10-17", "Statement": []}')
    filters = [{"filter": "replicated", "filterType": "PREFIX_MATCH"}]
    rule = {"destinations": [{"region": ELSEWHERE, "registryId": ASSETS}], "repositoryFilters": filters}
    ecr.put_replication_configuration(replicationConfiguration={"rules": [rule]})
    assert ecr.describe_registry()["replicationConfiguration"]["rules"] == [rule]
    return name


def statuses(ecr: Any, repository: str, digest: str) -> list[Json]:
    found: list[Json] = ecr.describe_image_replication_status(
        repositoryName=repository, imageId={"imageDigest": digest}
    )["replicationStatuses"]
    return found


def test_a_pushed_image_arrives_a_little_later_and_its_repositorys_policy_does_not(
    aws: StandIn, ecr: Any, registry: Registry, replicated: str
) -> None:
    there = aws.client("ecr", ASSETS, ELSEWHERE)

    digest = registry.push(replicated, "v1", HELLO)

    to = {"region": ELSEWHERE, "registryId": ASSETS}
    assert statuses(ecr, replicated, digest) == [{**to, "status": "IN_PROGRESS"}]
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        there.describe_images(repositoryName=replicated, imageIds=[{"imageDigest": digest}])
    soon(lambda: statuses(ecr, replicated, digest) == [{**to, "status": "COMPLETE"}] or None)
    described = there.describe_images(repositoryName=replicated, imageIds=[{"imageDigest": digest}])
    assert described["imageDetails"][0]["imageTags"] == ["v1"]
    with pytest.raises(ClientError, match="RepositoryPolicyNotFoundException"):
        there.get_repository_policy(repositoryName=replicated)


def test_an_image_that_no_rule_covers_stays_where_it_is(
    ecr: Any, registry: Registry, repository: str, replicated: str
) -> None:
    digest = registry.push(repository, "v1", HELLO)
    assert replicated != repository
    assert statuses(ecr, repository, digest) == []


def test_an_image_that_is_missing_has_no_status(ecr: Any, repository: str) -> None:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageReplicationStatus.html"""
    with pytest.raises(ClientError, match="ImageNotFoundException"):
        statuses(ecr, repository, "sha256:" + "0" * 64)
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        statuses(ecr, new_name("missing"), "sha256:" + "0" * 64)
