"""`docker` as the application's workflow uses it: an image is its files and its labels, in a folder of the job."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3

from sandbox.driver.registry import Registry

_ARCHITECTURES = {"linux/amd64": "x86_64", "linux/arm64": "arm64"}


def main(words: list[str]) -> int:
    """Run one command. What else is typed is refused."""
    images = Path(os.environ["RUNNER_TEMP"]) / "images.json"
    known: dict[str, Any] = json.loads(images.read_text()) if images.exists() else {}
    match words:
        case ["buildx", "build", *options]:
            tag, image = _built(options)
            known[tag] = image
        case ["save", "--output", file, tag]:
            Path(file).write_text(json.dumps({tag: known[tag]}))
        case ["load", "--input", file]:
            known |= json.loads(Path(file).read_text())
        case ["tag", tag, other]:
            known[other] = known[tag]
        case ["login", "--username", "AWS", "--password-stdin", _]:
            assert sys.stdin.read().strip(), "the password comes from the AWS CLI"
        case ["push", tag]:
            _push(tag, known[tag])
        case _:
            raise AssertionError(words)
    images.write_text(json.dumps(known))
    return 0


def _built(options: list[str]) -> tuple[str, dict[str, Any]]:
    parser = argparse.ArgumentParser(prog="docker buildx build")
    parser.add_argument("--platform", required=True, choices=_ARCHITECTURES)
    parser.add_argument("--provenance", required=True, choices=["false"])
    parser.add_argument("--label", action="append")
    parser.add_argument("--load", required=True, action="store_true")
    parser.add_argument("--tag", required=True)
    parser.add_argument("folder", type=Path)
    build = parser.parse_args(options)
    labels = dict(each.split("=", 1) for each in build.label)
    files = {"app.py": (build.folder / "app.py").read_text()}
    return build.tag, {"files": files, "labels": labels, "architecture": _ARCHITECTURES[build.platform]}


def _push(named: str, image: dict[str, Any]) -> None:
    """Push it to where its name says."""
    registry, _, name = named.partition("/")
    repository, _, tag = name.rpartition(":")
    account, region = registry.split(".")[0], registry.split(".")[3]
    assert registry == f"{account}.dkr.ecr.{region}.amazonaws.com"
    pushed = Registry(boto3.client("ecr", region_name=region))
    print(
        pushed.push(
            repository,
            tag,
            image["files"],
            architecture=image["architecture"],
            labels=dict(sorted(image["labels"].items())),
        )
    )
