"""What changes between two releases of many objects, or between two versions of one."""

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.content_changes import MOST_ROWS, ContentChange
from gantry.promotion.errors import ArtifactNotFoundError, ArtifactTypeError
from gantry.promotion.target import Target
from gantry.targets.registry import content_changes
from gantry.targets.s3_object.content import changes, file_changes
from gantry.targets.s3_object.release_objects import ReleaseObject

if TYPE_CHECKING:
    from gantry.artifacts.artifact_objects import ArtifactObjects

MANY = Target("s3", "222222222222", "us-east-1", "s3/acme/live.json", "arn", options={"prefix": "releases/"})
ONE = Target("s3", "222222222222", "us-east-1", "s3/acme/etl.py", "arn")
FILES = st.dictionaries(
    st.sampled_from("abcd"), st.builds(ReleaseObject, st.just("a"), st.just("v"), st.sampled_from("xyz"), st.just({}))
)


class Objects:
    """Artifact buckets by key and version. A size is asked for once for each file that is shown."""

    def __init__(self) -> None:
        self.bodies: dict[tuple[str, str | None], bytes] = {}
        self.asked: list[str] = []

    def put(self, key: str, version: str, body: bytes) -> Artifact:
        self.bodies[key, version] = body
        digest = f"sha256:{sha256(body).hexdigest()}"
        return Artifact(ArtifactKind.S3_OBJECT, digest, f"acme/{key}", version)

    def release(self, version: str, files: dict[str, bytes], **headers: str) -> Artifact:
        for name, body in files.items():
            self.put(f"site/{name}", version, body)
        listed: list[dict[str, Any]] = [
            {"key": name, "version_id": version, "sha256": sha256(body).hexdigest(), **headers}
            for name, body in files.items()
        ]
        return self.put("site/release.json", version, json.dumps({"objects": listed}).encode())

    def content(self, artifact: Artifact, most_bytes: int) -> bytes:
        assert most_bytes
        return self.bodies[artifact.key, artifact.version]

    def size(self, artifact: Artifact) -> int:
        self.asked.append(artifact.key)
        if (artifact.key, artifact.version) not in self.bodies:
            raise ArtifactNotFoundError
        return len(self.bodies[artifact.key, artifact.version])


def found(target: Target, before: Artifact | None, after: Artifact, objects: Objects) -> list[ContentChange]:
    return changes(target, before, after, cast("ArtifactObjects", objects))


def test_files_are_removed_changed_and_added_with_sizes() -> None:
    objects = Objects()
    before = objects.release("1", {"gone": b"1", "grown": b"22", "other": b"333", "same": b"4"})
    after = objects.release("2", {"grown": b"4444", "other": b"334", "same": b"4", "new": b"x" * 1234})
    assert found(MANY, before, after, objects) == [
        ContentChange("gone", "removed", "1 bytes"),
        ContentChange("grown", "changed", "content", "2 bytes", "4 bytes"),
        ContentChange("other", "changed", "content, 3 bytes"),
        ContentChange("new", "added", "1,234 bytes"),
    ]


def test_headers_of_a_file_are_a_change_of_their_own() -> None:
    objects = Objects()
    before, after = objects.release("1", {"a": b"1"}), objects.release("2", {"a": b"1"}, cache_control="no-store")
    assert found(MANY, before, after, objects) == [ContentChange("a", "changed", "cache-control")]
    assert objects.asked == []


def test_sizes_are_read_for_the_files_that_get_a_row_and_one_that_is_gone_has_an_unknown_size() -> None:
    objects = Objects()
    after = objects.release("1", {f"{number:03}": b"1" for number in range(500)})
    del objects.bodies["site/000", "1"]
    listed = found(MANY, None, after, objects)
    assert (len(listed), len(objects.asked), listed[0].detail) == (500, MOST_ROWS, "unknown size")
    assert listed[MOST_ROWS].detail == ""


def test_a_single_object_has_sizes_and_digests() -> None:
    objects = Objects()
    before, after = objects.put("etl.py", "1", b"old"), objects.put("etl.py", "2", b"newer")
    assert found(ONE, before, before, objects) == []
    assert found(ONE, None, before, objects) == [ContentChange("etl.py", "added", f"3 bytes, {before.digest}")]
    changed = ContentChange("etl.py", "changed", before=f"3 bytes, {before.digest}", after=f"5 bytes, {after.digest}")
    function = Target("lambda", "222222222222", "us-east-1", "cowsay/live", "arn")
    zipped = content_changes(function, before, after, cast("ArtifactObjects", objects))
    assert found(ONE, before, after, objects) == zipped == [changed]


def listing(**changed: str) -> bytes:
    """A release manifest of one file."""
    return json.dumps({"objects": [{"key": "a", "version_id": "1", "sha256": "0" * 64, **changed}]}).encode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'{"objects": [{"key": "a"}]}',
        b'{"objects": 1}',
        b"[" * 100_000,
        listing(key=""),
        listing(version_id=""),
        listing(sha256="x"),
    ],
)
@pytest.mark.parametrize("is_live", [False, True])
def test_a_release_manifest_is_refused_here_as_it_is_by_the_deployment(text: bytes, is_live: bool) -> None:
    objects = Objects()
    right, wrong = objects.put("release.json", "1", listing()), objects.put("release.json", "2", text)
    with pytest.raises(ArtifactTypeError, match="no release manifest"):
        found(MANY, *((wrong, right) if is_live else (right, wrong)), objects)


@given(FILES, FILES)
def test_the_changes_lead_from_one_release_to_the_other(before: Any, after: Any) -> None:
    listed = file_changes(before, after)
    by = {what: {each.name for each in listed if each.what == what} for what in ("added", "removed", "changed")}
    assert (before.keys() - by["removed"]) | by["added"] == after.keys()
    assert by["changed"] == {key for key in before.keys() & after.keys() if before[key].digest != after[key].digest}
    assert bool(listed) == (before != after)
