import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.release import Release, Versioning, reason_to_ignore

DIGEST = "sha256:" + "a" * 64
VERSIONINGS: list[Versioning] = ["git-sha", "semver"]

numbers = st.integers(0, 10**6).map(str)
words = st.from_regex(r"[a-zA-Z-][0-9a-zA-Z-]{0,8}", fullmatch=True)


@given(st.text("0123456789abcdef", min_size=7, max_size=40))
def test_a_commit_hash_of_7_to_40_digits_is_a_git_sha_tag(tag: str) -> None:
    assert reason_to_ignore(tag, "git-sha") is None


@pytest.mark.parametrize("tag", ["4f0c2d", "4f0c2d1" * 6, "4F0C2D1", "latest", "v1.2.3", "4f0c2d1-dirty", "4f0c2d1\n"])
def test_anything_else_is_no_git_sha_tag(tag: str) -> None:
    assert (
        reason_to_ignore(tag, "git-sha")
        == f"the tag {tag} is no git-sha tag, and the manifest says versioning: git-sha"
    )


@given(st.sampled_from(["", "v"]), numbers, numbers, numbers, st.lists(numbers | words, max_size=3))
def test_three_numbers_with_an_optional_pre_release_are_a_semver_tag(
    v: str, major: str, minor: str, patch: str, pre_release: list[str]
) -> None:
    tag = f"{v}{major}.{minor}.{patch}" + (f"-{'.'.join(pre_release)}" if pre_release else "")
    assert reason_to_ignore(tag, "semver") is None


@pytest.mark.parametrize(
    "tag", ["1.2", "1.2.3.4", "01.2.3", "1.2.3-01", "1.2.3-", "V1.2.3", "1.2.3_4", "latest", "4f0c2d1"]
)
def test_anything_else_is_no_semver_tag(tag: str) -> None:
    assert (
        reason_to_ignore(tag, "semver") == f"the tag {tag} is no semver tag, and the manifest says versioning: semver"
    )


@pytest.mark.parametrize("versioning", VERSIONINGS)
@pytest.mark.parametrize("suffix", ["", ".sig", ".att", ".sbom"])
def test_signatures_and_attestations_are_no_releases(versioning: Versioning, suffix: str) -> None:
    reason = reason_to_ignore(f"sha256-{'a' * 64}{suffix}", versioning)
    assert reason == f"the tag sha256-{'a' * 64}{suffix} names a signature or an attestation, not an image"


@pytest.mark.parametrize("versioning", VERSIONINGS)
@pytest.mark.parametrize("tag", [None, ""])
def test_a_push_without_a_tag_is_a_part_of_another_one(versioning: Versioning, tag: str | None) -> None:
    reason = reason_to_ignore(tag, versioning)
    assert reason
    assert reason.startswith("the push has no tag")


def release(manifest_revision: str = "revision-1", tag: str | None = "4f0c2d1") -> Release:
    return Release("cowsay", Artifact(ArtifactKind.CONTAINER_IMAGE, DIGEST, "cowsay"), manifest_revision, tag)


def test_a_release_is_code_and_configuration_together() -> None:
    assert release().digest == DIGEST
    assert release().id == f"{DIGEST}@revision-1"
    assert release().id == release(tag="another-tag").id
    assert release().id != release("revision-2").id


@pytest.mark.parametrize(("tag", "name"), [("4f0c2d1", "cowsay 4f0c2d1"), (None, f"cowsay {DIGEST}")])
def test_people_read_a_releases_tag_where_it_has_one(tag: str | None, name: str) -> None:
    assert str(release(tag=tag)) == name


def test_a_release_in_json_has_its_artifact_whole() -> None:
    assert json.loads(json.dumps(asdict(release()))) == {
        "service": "cowsay",
        "artifact": {"kind": "container_image", "digest": DIGEST, "location": "cowsay"},
        "manifest_revision": "revision-1",
        "tag": "4f0c2d1",
    }
