"""`docker` as the pages use it: it signs in, and it builds and pushes a function's files without a base image."""

import argparse
import os
import sys
from pathlib import Path

import boto3

from sandbox.driver.registry import Registry

_ARCHITECTURES = {"linux/amd64": "x86_64", "linux/arm64": "arm64"}


def main(words: list[str]) -> int:
    """Run `docker login` or `docker buildx build`. What else is typed is refused."""
    if words[:1] == ["login"]:
        assert sys.stdin.read().strip(), "the password comes from the AWS CLI"
        return 0
    parser = argparse.ArgumentParser(prog="docker buildx build")
    parser.add_argument("--platform", required=True, choices=_ARCHITECTURES)
    parser.add_argument("--provenance", required=True, choices=["false"])
    parser.add_argument("--push", required=True, action="store_true")
    parser.add_argument("--tag", required=True)
    parser.add_argument("folder", type=Path)
    assert words[:2] == ["buildx", "build"], words
    build = parser.parse_args(words[2:])
    registry, _, name = build.tag.partition("/")
    repository, _, tag = name.rpartition(":")
    assert registry == f"{os.environ['AWS_ACCESS_KEY_ID']}.dkr.ecr.{os.environ['AWS_REGION']}.amazonaws.com"
    files = {"app.py": (build.folder / "app.py").read_text(), "pushed.txt": tag}
    ecr = boto3.client("ecr")
    print(Registry(ecr).push(repository, tag, files, architecture=_ARCHITECTURES[build.platform]))
    return 0
