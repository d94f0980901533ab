import json
from dataclasses import asdict

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gantry.promotion.versioning import Versioning, reason_to_ignore

GIT_SHA, SEMVER = Versioning("git-sha"), Versioning("semver")
RELEASED_ONLY = Versioning("semver", prereleases=False)
ANYTHING = Versioning("pattern", pattern=".*")
every_versioning = pytest.mark.parametrize("versioning", [GIT_SHA, SEMVER, RELEASED_ONLY, ANYTHING], ids=str)

numbers = st.integers(0, 10**6).map(str)
words = st.from_regex(r"[a-zA-Z-][0-9a-zA-Z-]{0,8}", fullmatch=True)
hashes = st.text("0123456789abcdef", min_size=7, max_size=40)


@given(hashes)
def test_a_commit_hash_of_7_to_40_digits_is_a_git_sha_tag(tag: str) -> None:
    assume(not tag.isdecimal())
    assert reason_to_ignore(tag, GIT_SHA) is None


@given(hashes)
def test_with_a_prefix_every_hash_is_a_git_sha_tag_even_if_it_looks_like_a_date(tag: str) -> None:
    assume(set(tag) != {"0"})
    assert reason_to_ignore(f"sha-{tag}", GIT_SHA) is None


@pytest.mark.parametrize("tag", ["1234567", "20241301", "20240132", "00000001", "1300000000", "17000000000"])
def test_digits_that_are_no_time_may_be_a_hash(tag: str) -> None:
    assert reason_to_ignore(tag, GIT_SHA) is None


@pytest.mark.parametrize(
    "tag",
    ["4f0c2d", "4f0c2d1" * 6, "4F0C2D1", "latest", "v1.2.3", "4f0c2d1-dirty", "4f0c2d1\n", "sha-4f0c2d", "sha4f0c2d1"],
)
def test_anything_else_is_no_git_sha_tag(tag: str) -> None:
    assert (
        reason_to_ignore(tag, GIT_SHA) == f"the tag {tag} is no git-sha tag, and the manifest says versioning: git-sha"
    )


@pytest.mark.parametrize(
    "tag",
    [
        *("20240131", "202401311530", "20240131153059", "19991231", "2024013101", "20240131153059123"),
        *("1700000000", "1700000000123"),
    ],
)
def test_a_date_or_a_time_is_no_commit(tag: str) -> None:
    assert (
        reason_to_ignore(tag, GIT_SHA)
        == f"the tag {tag} is a date or a time, no commit's hash; if it is a hash, push it as sha-{tag}"
    )


@pytest.mark.parametrize("tag", ["0000000", "0" * 40, f"sha-{'0' * 40}"])
def test_gits_word_for_no_commit_is_none(tag: str) -> None:
    assert reason_to_ignore(tag, GIT_SHA) == f"the tag {tag} is no commit's hash: it has only zeros"


@given(st.sampled_from(["", "v"]), numbers, numbers, numbers, st.lists(numbers | words, max_size=3))
def test_three_numbers_with_an_optional_pre_release_are_a_semver_tag(
    v: str, major: str, minor: str, patch: str, pre_release: list[str]
) -> None:
    tag = f"{v}{major}.{minor}.{patch}" + (f"-{'.'.join(pre_release)}" if pre_release else "")
    reason = reason_to_ignore(tag, RELEASED_ONLY)
    assert reason_to_ignore(tag, SEMVER) is None
    assert reason == (
        f"the tag {tag} is a pre-release, and the manifest says prereleases: false" if pre_release else None
    )


@pytest.mark.parametrize(
    "tag", ["1.2", "1.2.3.4", "01.2.3", "1.2.3-01", "1.2.3-", "V1.2.3", "1.2.3_4", "latest", "4f0c2d1"]
)
@pytest.mark.parametrize("versioning", [SEMVER, RELEASED_ONLY], ids=str)
def test_anything_else_is_no_semver_tag(tag: str, versioning: Versioning) -> None:
    assert (
        reason_to_ignore(tag, versioning) == f"the tag {tag} is no semver tag, and the manifest says versioning: semver"
    )


def test_a_pattern_takes_the_tags_that_it_matches_as_a_whole() -> None:
    versioning = Versioning("pattern", pattern="release-[0-9]+")
    assert reason_to_ignore("release-42", versioning) is None
    for tag in ("release-", "release-42-dirty", "a-release-42"):
        assert (
            reason_to_ignore(tag, versioning)
            == f"the tag {tag} does not match release-[0-9]+, the pattern of the manifest's versioning"
        )


@every_versioning
@pytest.mark.parametrize("separator", ["-", "_", ".", "-linux-", "_linux_", "-linux_", "-linux"])
@pytest.mark.parametrize(
    "platform",
    [
        *("amd64", "arm64", "x86_64", "x86-64", "aarch64", "AMD64", "x64", "i386", "arm", "armhf", "ppc64le", "s390x"),
        *("arm64v8", "arm64-v8", "arm32v7", "armv7", "armv7l", "arm-v6", "amd64v3", "amd64-v2", "riscv64"),
    ],
)
def test_a_tag_that_ends_with_a_platform_is_no_release(versioning: Versioning, separator: str, platform: str) -> None:
    tag = f"1.1.0{separator}{platform}"
    assert (
        reason_to_ignore(tag, versioning)
        == f"the tag {tag} names a platform, so it is a part of a multi-architecture image, not a release"
    )


@pytest.mark.parametrize("tag", ["amd64", "linux-arm64", "1.1.0-rc.1-amd64", "1.1.0-linux-386", "sha-4f0c2d1-arm64"])
def test_a_platform_may_stand_alone_or_behind_other_suffixes(tag: str) -> None:
    assert "names a platform" in str(reason_to_ignore(tag, ANYTHING))


@pytest.mark.parametrize("tag", ["1.2.386", "1.0.0-rc.386", "1.0.0-charm", "1.0.0-alarm64", "1.0.0-amd64.1"])
def test_what_only_resembles_a_platform_is_a_release(tag: str) -> None:
    assert reason_to_ignore(tag, SEMVER) is None


@every_versioning
@pytest.mark.parametrize("suffix", ["", ".sig", ".att", ".sbom"])
def test_signatures_and_attestations_are_no_releases(versioning: Versioning, suffix: str) -> None:
    reason = reason_to_ignore(f"sha256-{'a' * 64}{suffix}", versioning)
    assert reason == f"the tag sha256-{'a' * 64}{suffix} names a signature or an attestation, not an image"


@every_versioning
@pytest.mark.parametrize("tag", [None, ""])
def test_a_push_without_a_tag_is_a_part_of_another_one(versioning: Versioning, tag: str | None) -> None:
    reason = reason_to_ignore(tag, versioning)
    assert reason
    assert reason.startswith("the push has no tag")


def test_a_versioning_can_be_written_as_json() -> None:
    for versioning in (GIT_SHA, RELEASED_ONLY, ANYTHING):
        assert Versioning(**json.loads(json.dumps(asdict(versioning)))) == versioning
