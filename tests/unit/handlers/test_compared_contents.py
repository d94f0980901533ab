"""What RequestApproval compares of an artifact that is an object, and when."""

import json
from dataclasses import replace
from hashlib import sha256
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, ParamValidationError, ReadTimeoutError

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.content_changes import ContentComparison
from gantry.promotion.errors import ArtifactNotFoundError
from gantry.promotion.live import Live
from gantry.promotion.target import Target
from gantry.targets import registry
from gantry.use_cases.approvals.contents import MOST_COMPARED, compared_contents
from tests.unit.promotion.facts import RELEASE as IMAGE
from tests.unit.promotion.facts import revision

if TYPE_CHECKING:
    from gantry.use_cases.services import Services

TARGETS = [Target("s3", "2" * 12, "us-east-1", f"s3/acme-{number}/etl.py", "arn") for number in range(6)]


def digest(version: str) -> str:
    return f"sha256:{sha256(version.encode()).hexdigest()}"


RELEASE = replace(IMAGE, artifact=Artifact(ArtifactKind.S3_OBJECT, digest("new"), "artifacts/etl.py", "new"))


class Pipeline:
    """A ledger, and artifact buckets whose versions have as many bytes as their names."""

    def __init__(self, *versions: str | None) -> None:
        self.fails: dict[str | None, Exception] = {}
        self.read: list[str | None] = []
        self.lives = [
            Live(IMAGE.service, "prod", target, revision("7", digest=digest(version), artifact_version=version))
            for target, version in zip(TARGETS, versions, strict=False)
            if version
        ]

    def live(self, service: str) -> list[Live]:
        return self.lives

    def size(self, artifact: Artifact) -> int:
        self.read.append(artifact.version)
        if artifact.version in self.fails:
            raise self.fails[artifact.version]
        return len(artifact.version or "")

    def compared(self, number: int, release: Any = RELEASE) -> tuple[ContentComparison, ...]:
        services = cast("Services", SimpleNamespace(ledger=self, objects=self))
        return compared_contents(release, "prod", TARGETS[:number], services)


def refused(code: str, status: int = 400) -> ClientError:
    said: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(said, "HeadObject")


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind `s3`, whoever has registered it."""
    monkeypatch.setattr(registry, "KINDS", {**registry.KINDS, "s3": "gantry.targets.s3_object"})


def test_targets_with_the_same_live_artifact_are_compared_once_and_others_apart() -> None:
    pipeline = Pipeline("old", "old", None, "new")
    first, second = pipeline.compared(4)
    assert (first.targets, first.live) == ((TARGETS[0].id, TARGETS[1].id), digest("old"))
    assert first.rows[1] == ("“etl.py”", f"3 bytes, {digest('old')} → 3 bytes, {digest('new')}")
    assert (second.targets, second.live, second.rows[0]) == ((TARGETS[2].id,), None, ("content", "1 added"))
    assert pipeline.read == ["old", "new", "new"]


def test_nothing_is_read_for_an_image() -> None:
    pipeline = Pipeline("old")
    assert pipeline.compared(1, IMAGE) == ()
    assert pipeline.read == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ArtifactNotFoundError("version old is gone"), "is unknown: version old is gone"),
        (refused("KMS.DisabledException"), "it could not be compared (ClientError: An error"),
        (ParamValidationError(report="an empty key"), "ParamValidationError: Parameter validation failed"),
        (ReadTimeoutError(endpoint_url="https://s3"), "ReadTimeoutError"),
        (ZeroDivisionError("a defect"), "it could not be compared (ZeroDivisionError: a defect)"),
    ],
)
def test_a_version_that_cannot_be_read_is_unknown_and_people_are_asked(error: Exception, said: str) -> None:
    pipeline = Pipeline("old")
    pipeline.fails["old"] = error
    (only,) = pipeline.compared(1)
    assert said in only.rows[0][1]


@pytest.mark.parametrize("error", [refused("SlowDown"), refused("503", 503), refused("InternalError", 500)], ids=str)
def test_what_s3_throttles_or_fails_to_answer_is_tried_again(error: ClientError) -> None:
    pipeline = Pipeline("old")
    pipeline.fails["old"] = error
    with pytest.raises(ClientError):
        pipeline.compared(1)


def test_a_live_artifact_without_a_version_on_record_is_unknown() -> None:
    pipeline = Pipeline("old")
    (live,) = pipeline.lives
    pipeline.lives = [replace(live, current=replace(live.current, artifact_version=None))]
    (only,) = pipeline.compared(1)
    assert only.rows == (
        ("content", "What changes in it is unknown: the version of the object that is live there is not on record"),
    )


def test_of_many_different_live_artifacts_some_are_compared_and_the_others_are_unknown() -> None:
    found = Pipeline(*"abcdef").compared(6)
    unknown = [each for each in found if "is unknown" in each.rows[0][1]]
    assert len(found) - len(unknown) == MOST_COMPARED
    assert len(json.dumps([each.rows for each in found])) < 16 * 1024


def test_a_kind_that_looks_into_no_artifact_has_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "KINDS", {"s3": "tests.unit.targets.memory"})
    assert [each.rows for each in Pipeline("old").compared(1)] == [()]
