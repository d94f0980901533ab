import json
from dataclasses import asdict, replace

import pytest

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.release import Release

DIGEST = "sha256:" + "a" * 64


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
        "artifact": {"kind": "container_image", "digest": DIGEST, "location": "cowsay", "version": None, "copies": {}},
        "manifest_revision": "revision-1",
        "tag": "4f0c2d1",
        "source": None,
        "configuration_of": None,
    }


def test_people_read_that_only_the_configuration_changes_and_of_what() -> None:
    one = replace(release(), configuration_of={"staging": "4f0c2d1", "prod": "4f0c2d1"})
    assert (str(one), one.is_configuration_only) == ("cowsay 4f0c2d1 (configuration only)", True)
    two = replace(release(), configuration_of={"staging": "39ab00c", "prod": "4f0c2d1"})
    assert str(two) == "cowsay (configuration only; staging: 39ab00c, prod: 4f0c2d1)"
    assert (release().is_configuration_only, release().is_of_one_artifact) == (False, True)
