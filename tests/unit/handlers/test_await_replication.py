"""AwaitReplication: one look whether the release is in every region where it is to be deployed."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gantry.handlers.promotion_machine import await_replication
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import ReplicationFailedError, ReplicationPendingError
from gantry.use_cases.services import Services
from tests.unit.handlers.payloads import PROMOTION, RELEASE, invoke, payload, release_input


@dataclass
class FakeReplication:
    """The registries of some regions."""

    arrived: set[str] = field(default_factory=set)
    on_the_way: set[str] = field(default_factory=set)
    asked_for: list[str] = field(default_factory=list)

    def images_in(self, region: str) -> Any:
        @dataclass
        class There:
            arrived: bool

            def has(self, image: Artifact) -> bool:
                assert image == RELEASE.artifact
                return self.arrived

        return There(region in self.arrived)

    def progress(self, image: Artifact, region: str) -> str:
        assert image == RELEASE.artifact
        self.asked_for.append(region)
        if region not in self.on_the_way:
            raise ReplicationFailedError(f"no rule brings it to {region}")
        return f"{region}: IN_PROGRESS"


@pytest.fixture
def replication(services: Services) -> FakeReplication:
    made = FakeReplication()
    vars(services).update(replication=made, images_in=made.images_in)
    return made


def look(*regions: str) -> Any:
    sent = payload("AwaitReplication", release=release_input(), elsewhere=list(regions), execution=PROMOTION)
    return invoke(await_replication.handler, sent)


def test_what_is_in_every_region_goes_on_whatever_brought_it_there(replication: FakeReplication) -> None:
    replication.arrived |= {"eu-west-1", "eu-central-1"}
    assert look("eu-central-1", "eu-west-1") == {"regions": ["eu-central-1", "eu-west-1"]}
    assert replication.asked_for == []


def test_what_is_on_its_way_is_looked_for_again(replication: FakeReplication) -> None:
    replication.arrived.add("eu-west-1")
    replication.on_the_way.add("eu-central-1")
    with pytest.raises(ReplicationPendingError, match="eu-central-1: IN_PROGRESS"):
        look("eu-central-1", "eu-west-1")


def test_what_will_never_arrive_in_one_region_is_not_waited_for_in_another(replication: FakeReplication) -> None:
    replication.on_the_way.add("eu-central-1")
    with pytest.raises(ReplicationFailedError, match="no rule brings it to eu-west-1"):
        look("eu-central-1", "eu-west-1")


ZIP = Artifact(
    ArtifactKind.S3_OBJECT,
    RELEASE.digest,
    "acme/cowsay/app.zip",
    "v1",
    {"eu-west-1": "acme-eu", "ap-south-1": "acme-ap"},
)
COPY = f".gantry/{RELEASE.digest[7:]}/cowsay/app.zip"


@dataclass
class FakeCopies:
    """The buckets of some regions."""

    digest: str | None = RELEASE.digest
    refusal: str | None = None
    made: list[tuple[str, ...]] = field(default_factory=list)

    def object_copies_in(self, region: str) -> Any:
        def copy(*asked: str) -> str | None:
            if self.refusal:
                raise ClientError({"Error": {"Code": self.refusal, "Message": "as S3 says it"}}, "CopyObject")
            self.made.append((region, *asked))
            return self.digest

        return SimpleNamespace(copy=copy)


@pytest.fixture
def copies(services: Services) -> FakeCopies:
    made = FakeCopies()
    vars(services).update(object_copies_in=made.object_copies_in)
    return made


def copy_zip(*regions: str) -> Any:
    release = release_input(replace(RELEASE, artifact=ZIP))
    sent = payload("AwaitReplication", release=release, elsewhere=list(regions), execution=PROMOTION)
    return invoke(await_replication.handler, sent)


def test_an_object_is_copied_to_the_bucket_of_each_region(copies: FakeCopies) -> None:
    assert copy_zip("ap-south-1", "eu-west-1") == {"regions": ["ap-south-1", "eu-west-1"]}
    assert copies.made == [
        ("ap-south-1", "acme/cowsay/app.zip", "v1", "acme-ap", COPY),
        ("eu-west-1", "acme/cowsay/app.zip", "v1", "acme-eu", COPY),
    ]


@pytest.mark.parametrize(("digest", "said"), [(f"sha256:{'0' * 64}", "has the digest"), (None, "has no SHA-256")])
def test_what_lies_there_and_has_other_bytes_is_refused(copies: FakeCopies, digest: str | None, said: str) -> None:
    copies.digest = digest
    with pytest.raises(ReplicationFailedError, match=rf"s3://acme-eu/\.gantry/.* {said}.*Delete it"):
        copy_zip("eu-west-1")


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDenied", "does not exist, or may not be read or written: name both"),
        ("NoSuchBucket", "Create the bucket"),
        ("NoSuchVersion", "push it again"),
        ("NoSuchKey", "push it again"),
    ],
)
def test_a_copy_that_s3_refuses_says_what_to_do(copies: FakeCopies, code: str, remedy: str) -> None:
    copies.refusal = code
    with pytest.raises(
        ReplicationFailedError, match=rf"version v1 of s3://acme/cowsay/app\.zip .*s3://acme-eu.*{remedy}"
    ):
        copy_zip("eu-west-1")


def test_a_copy_that_fails_for_a_moment_is_tried_again(copies: FakeCopies) -> None:
    copies.refusal = "SlowDown"
    with pytest.raises(ClientError, match="SlowDown"):
        copy_zip("eu-west-1")
