import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.manifest_origin import ManifestOrigin
from gantry.promotion.source import Source

COMMIT = "4f0c2d1" + "0" * 33
SOURCE = Source("https://github.com/acme/services", COMMIT, "https://github.com/acme/services/actions/runs/7")


@given(st.binary(min_size=1, max_size=100).filter(lambda name: b"\0" not in name).map(os.fsdecode))
def test_what_is_written_is_read_again_whatever_the_file_is_called(path: str) -> None:
    origin = ManifestOrigin(SOURCE, path)
    assert all(each.isascii() and each.isprintable() for each in origin.metadata.values())
    assert ManifestOrigin.read(origin.metadata) == origin


def test_two_kilobytes_of_metadata_are_never_exceeded() -> None:
    origin = ManifestOrigin(SOURCE, "ü" * 1000)
    assert sum(len(name) + len(value) for name, value in origin.metadata.items()) < 2048
    assert ManifestOrigin.read(origin.metadata) == ManifestOrigin(SOURCE)


@pytest.mark.parametrize(
    "metadata",
    [None, {}, [], {"git-commit": "main"}, {"git-commit": "4F0C2D1"}, {"git-commit": 7}, {"git-path": "a.yaml"}],
)
def test_without_a_commit_nothing_is_known(metadata: object) -> None:
    assert ManifestOrigin.read(metadata) is None


@given(st.dictionaries(st.sampled_from(["git-repository", "git-commit", "git-path", "run-url"]), st.text()))
def test_whatever_somebody_writes_it_is_read_or_ignored(metadata: dict[str, str]) -> None:
    found = ManifestOrigin.read(metadata)
    assert found is None or found.metadata["git-commit"] == metadata["git-commit"]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://user:secret@evil/", "https://a.b/<script>"])
def test_an_address_that_is_none_is_left_out(address: str) -> None:
    found = ManifestOrigin.read({"git-commit": COMMIT, "git-repository": address, "run-url": address})
    assert found == ManifestOrigin(Source(revision=COMMIT))
    assert found.is_of_repository(None)
