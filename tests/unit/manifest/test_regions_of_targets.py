"""A region that nobody knows is doubted, and one that leads nowhere is refused; with the one that is meant."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from gantry.aws import regions
from gantry.aws.clients import aws
from gantry.promotion.region_names import nearest_region
from tests.unit.command_line.running import run
from tests.unit.manifest.documents import changed, text


@pytest.fixture
def file(tmp_path: Path) -> str:
    made = tmp_path / "manifest.yaml"
    made.write_text(text(changed("environments.1.targets.0.region", "us-esat-1")))
    return str(made)


def looked_up(monkeypatch: pytest.MonkeyPatch, code: int | None) -> list[str]:
    """Let each name lead somewhere, or let the resolver answer with this code; the names that it was asked for."""
    asked = list[str]()

    def getaddrinfo(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        if code is not None:
            raise socket.gaierror(code, "as a test says")
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    return asked


def test_one_whose_name_does_not_exist_is_refused(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = looked_up(monkeypatch, socket.EAI_NONAME)
    assert run("manifest", "check", file) == 1
    assert capsys.readouterr().out == (
        f"{file}:18: environments[1].targets[0].region (environment prod): There is no region us-esat-1: AWS has no "
        "endpoint of this name. Is us-east-1 meant? Correct the target's region in the manifest\n"
    )
    assert asked == ["lambda.us-esat-1.amazonaws.com"]


@pytest.mark.parametrize("code", [None, socket.EAI_AGAIN])
def test_one_that_may_be_newer_than_the_sdk_is_a_warning(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int | None
) -> None:
    looked_up(monkeypatch, code)
    assert run("manifest", "check", file) == 0
    warning, valid = capsys.readouterr().out.splitlines()
    assert "a valid manifest" in valid
    assert warning == (
        f"{file}:18: warning: environments[1].targets[0].region (environment prod): us-esat-1 is no region that this "
        "version of Gantry knows. Is us-east-1 meant? Correct the target's region in the manifest"
    )
    assert run("manifest", "check", file, "--output", "json") == 0
    (checked,) = json.loads(capsys.readouterr().out)
    assert (len(checked["warnings"]), checked["problems"]) == (1, [])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("us-esat-1", "us-east-1"),
        ("eu-cetnral-1", "eu-central-1"),
        ("eu-west-11", "eu-west-1"),
        ("ap-sotheast-2", "ap-southeast-2"),
        ("xx-moon-7", None),
    ],
)
def test_the_region_that_is_spelt_most_alike_is_named(typed: str, meant: str | None) -> None:
    assert nearest_region(typed, regions.known_regions()) == meant


def test_known_are_the_regions_of_all_partitions() -> None:
    known = regions.known_regions()
    assert {"us-east-1", "eu-central-2", "cn-north-1", "us-gov-west-1"} <= known
    assert set(aws().get_available_regions("ec2")) <= known
    assert not [each for each in known if each.endswith("global")]
