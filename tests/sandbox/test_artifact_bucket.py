"""The example's artifact bucket on the stand-in: what the pipeline reads of it, and what it announces."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from gantry.artifacts.object_copies import ObjectCopies
from gantry.artifacts.object_versions import ObjectVersions
from gantry.promotion.errors import ArtifactNotFoundError
from sandbox.driver.artifact_bucket import ArtifactBucket
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, an_event_queue, new_name, soon

MEGABYTE = 1024**2
LARGEST_PART = b"a" * (5 * MEGABYTE)
"""All parts but the last have to have so much: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""


@pytest.fixture(scope="module")
def bucket(aws: StandIn) -> ArtifactBucket:
    made = ArtifactBucket(aws, new_name("artifacts"))
    made.make()
    return made


@pytest.fixture(scope="module")
def versions(aws: StandIn) -> ObjectVersions:
    s3 = aws.client("s3", ASSETS)
    return ObjectVersions(s3, ObjectCopies(s3))


def digest(body: bytes) -> str:
    return f"sha256:{sha256(body).hexdigest()}"


def test_the_digest_of_a_version_is_read_with_its_tag_and_who_pushed_it(
    bucket: ArtifactBucket, versions: ObjectVersions
) -> None:
    version = bucket.push("app.zip", b"first", tag="v1", pushed_by="alice@example.com")
    bucket.push("app.zip", b"second")
    found = versions.resolve(f"{bucket.name}/app.zip", version, {})
    assert (found.artifact.digest, found.artifact.version) == (digest(b"first"), version)
    assert (found.tag, found.pushed_by) == ("v1", "alice@example.com")


def test_a_version_that_does_not_exist_is_not_found(bucket: ArtifactBucket, versions: ObjectVersions) -> None:
    bucket.push("gone.zip", b"there")
    with pytest.raises(ArtifactNotFoundError):
        versions.resolve(f"{bucket.name}/gone.zip", "a-version-that-nobody-wrote", {})


def test_only_the_newest_version_is_current(bucket: ArtifactBucket, versions: ObjectVersions) -> None:
    older, newer = (bucket.push("twice.zip", body) for body in (b"older", b"newer"))
    assert [versions.is_current(f"{bucket.name}/twice.zip", each) for each in (older, newer)] == [False, True]


def announced(aws: StandIn, bucket: str) -> Callable[[], list[Json]]:
    """Let a queue get what the pipeline's rule would let through; return what reads it."""
    queue, rule = an_event_queue(aws), new_name("rule")
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"anything-but": {"prefix": ".gantry/"}}]}},
    }
    events = aws.client("events", ASSETS)
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:{REGION}:{ASSETS}:{queue.rsplit('/', 1)[-1]}"
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])

    def read() -> list[Json]:
        answer: Any = aws.client("sqs", ASSETS).receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(each["Body"])["detail"] for each in answer.get("Messages", [])]

    return read


def test_a_push_is_announced_and_gantrys_own_copies_are_not(aws: StandIn, bucket: ArtifactBucket) -> None:
    read = announced(aws, bucket.name)
    aws.client("s3", ASSETS).put_object(Bucket=bucket.name, Key=".gantry/versions/1/app.zip", Body=b"a copy")
    version = bucket.push("announced.zip", b"zip")
    (detail,) = soon(read)
    assert (detail["object"]["key"], detail["object"]["version-id"]) == ("announced.zip", version)


def test_an_event_says_why_there_is_a_version_and_which_one_is_the_newer(aws: StandIn, bucket: ArtifactBucket) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""
    read, s3 = announced(aws, bucket.name), aws.client("s3", ASSETS)
    bucket.push("ordered.zip", b"zip")
    (put,) = soon(read)
    s3.copy_object(Bucket=bucket.name, Key="ordered.zip", CopySource={"Bucket": bucket.name, "Key": "ordered.zip"})
    (copied,) = soon(read)
    bucket.push_in_parts("ordered.zip", b"zip")
    (in_parts,) = soon(read)
    assert [each["reason"] for each in (put, copied, in_parts)] == [
        "PutObject",
        "CopyObject",
        "CompleteMultipartUpload",
    ]
    assert put["object"]["sequencer"] < copied["object"]["sequencer"] < in_parts["object"]["sequencer"]


def test_the_digest_of_a_multipart_upload_is_computed_by_a_copy(
    aws: StandIn, bucket: ArtifactBucket, versions: ObjectVersions
) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html: the copy is a single part."""
    version = bucket.push_in_parts("large.zip", LARGEST_PART, b"the end")
    expected = digest(LARGEST_PART + b"the end")
    assert versions.resolve(f"{bucket.name}/large.zip", version, {}).artifact.digest == expected
    aws.client("s3", ASSETS).head_object(Bucket=bucket.name, Key=f".gantry/versions/{version}/large.zip")
