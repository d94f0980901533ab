"""Objects of S3 in the deployed pipeline: many behind a pointer, and one under its key."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
import yaml

from sandbox.driver.artifact_bucket import ARTIFACTS, RELEASE, ArtifactBucket
from sandbox.driver.live_bucket import LiveBucket
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, DEV, PROD
from tests.end_to_end.question import text_of
from tests.end_to_end.service import APPROVAL, APPROVER, Json

POINTER, SITE, SCRIPT = "live.json", f"site/{RELEASE}", "glue/etl.py"
POLICY = f"""
bindings:
  - rule: objects
    services: [s3/{ARTIFACTS}/site/*, s3/{ARTIFACTS}/glue/*]
    kind: s3
    accounts: ["{DEV}", "{PROD}"]
    regions: [us-east-1]
    targets: [s3/acme-dev/*, s3/acme-prod/*]
"""
ONE = {"index.html": b"<one>", "assets/one.js": b"say('one')", "same.css": b"p {}"}
TWO = {"index.html": b"<two, longer>", "assets/two.js": b"say('two')", "same.css": b"p {}"}


@dataclass(frozen=True)
class World:
    """The buckets of a team."""

    pipeline: Pipeline
    artifacts: ArtifactBucket
    dev: LiveBucket
    prod: LiveBucket

    def add(self, key: str, *environments: Json) -> None:
        """Upload the manifest of an object."""
        manifest = {"artifact": {"bucket": ARTIFACTS, "key": key}, "environments": list(environments)}
        self.pipeline.upload_manifest(f"s3/{ARTIFACTS}/{key}", yaml.safe_dump(manifest))

    def ended(self, execution: str, status: str = "SUCCEEDED") -> Json:
        """How an execution has ended, which must be so."""
        ended = self.pipeline.wait(execution)
        assert ended["status"] == status, ended
        return ended

    def roll_back(self, key: str) -> None:
        """Roll prod back, as people do."""
        request = {"service": f"s3/{ARTIFACTS}/{key}", "environment": "prod"}
        self.ended(self.pipeline.start("Rollback", request))

    def approval_of(self, version: str) -> tuple[str, str]:
        """What approvers of a pushed version can read, and their link."""
        link = self.pipeline.mail_to(APPROVER, self.pipeline.promotion_of(version)).links[0]
        status, page = self.pipeline.http("GET", link)
        assert status == 200, page
        return text_of(page), link

    def approve(self, version: str) -> str:
        """Approve a pushed version, and wait for the end of its promotion; what approvers could read."""
        page, link = self.approval_of(version)
        assert self.pipeline.answer(link, "approved")[0] == 200
        self.ended(self.pipeline.promotion_of(version))
        return page


@pytest.fixture(scope="module")
def world(pipeline: Pipeline) -> Iterator[World]:
    """While these tests run, a policy file holds."""
    stand_in = pipeline.stand_in
    made = World(pipeline, ArtifactBucket(stand_in), LiveBucket(stand_in, DEV), LiveBucket(stand_in, PROD))
    made.dev.make()
    made.prod.make()
    pipeline.upload_policy(POLICY)
    yield made
    stand_in.client("s3", ASSETS).delete_object(Bucket=pipeline.outputs["ManifestBucketName"], Key="policy/policy.yaml")


@dataclass
class Reader:
    """Somebody who reads the site all the time: first the pointer, then what it leads to."""

    bucket: LiveBucket
    seen: list[tuple[str, bytes]] = field(default_factory=list)
    """Each time: the script that the release has, and its page."""

    def read(self) -> tuple[dict[str, Any], dict[str, bytes]]:
        """The pointer, and the two files that every release has."""
        pointer = self.bucket.read_json(POINTER)
        return pointer, {name: self.bucket.read(pointer["prefix"] + name) for name in ("index.html", "same.css")}

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read until the block ends. A read that fails, fails the test."""
        stop, failures = threading.Event(), list[Exception]()

        def read_on() -> None:
            try:
                while not stop.is_set():
                    pointer, files = self.read()
                    self.seen.append((pointer["release"], files["index.html"]))
            except Exception as error:
                failures.append(error)

        thread = threading.Thread(target=read_on)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        assert failures == []


def test_many_objects_are_read_through_their_pointer_before_during_and_after_a_switch(world: World) -> None:
    settings = [{"values": {"API": f"https://{each}.example.com"}} for each in ("dev", "prod")]
    many: Json = {"prefix": "releases/", "pointer": {"key": POINTER}}
    world.add(
        SITE,
        {"name": "dev", "targets": [world.dev.target(**many)], "configuration": settings[0]},
        {"name": "prod", "targets": [world.prod.target(**many)], "configuration": settings[1], "approval": APPROVAL},
    )
    reader = Reader(world.prod)
    first = world.artifacts.push_release("site", ONE, tag="one")
    world.approve(first)
    assert reader.read()[1] == {name: ONE[name] for name in ("index.html", "same.css")}
    assert world.dev.read_json(POINTER)["values"] == settings[0]["values"]
    assert world.prod.read_json(POINTER)["values"] == settings[1]["values"]

    second = world.artifacts.push_release("site", TWO, tag="two")
    with reader.reading():
        page = world.approve(second)
        world.roll_back(SITE)
    assert "assets/one.js" in page
    assert "assets/two.js" in page
    assert "same.css" not in page
    releases = [release for release, _ in reader.seen]
    one, two = releases[0], next(each for each in releases if each != releases[0])
    assert set(reader.seen) == {(one, ONE["index.html"]), (two, TWO["index.html"])}
    assert [world.prod.read_json(POINTER)["release"], world.dev.read_json(POINTER)["release"]] == [one, two]
    assert (world.prod.writes(POINTER), world.dev.writes(POINTER)) == (3, 2)
    assert world.pipeline.quarantined(f"s3/{ARTIFACTS}/{SITE}") == [two]

    for release, files in ((one, ONE), (two, TWO)):
        folder = f"releases/{release.partition(':')[2]}/"
        for bucket in (world.dev, world.prod):
            assert {name: bucket.read(f"{folder}{name}") for name in files} == files
    assert (world.dev.deletions(), world.prod.deletions()) == (0, 0)
    for name in TWO:
        assert world.pipeline.started_with("Promotion", f"/site/{name}") == []


def test_one_object_goes_live_under_its_key_and_back_by_one_write(world: World) -> None:
    world.add(
        SCRIPT,
        {"name": "dev", "targets": [world.dev.target(key=SCRIPT)]},
        {"name": "prod", "targets": [world.prod.target(key=SCRIPT)]},
    )
    for body in (b"print(1)", b"print(2)"):
        promotion = world.pipeline.promotion_of(world.artifacts.push(SCRIPT, body))
        world.ended(promotion)
        assert (world.dev.read(SCRIPT), world.prod.read(SCRIPT)) == (body, body)
    live = world.pipeline.live(f"s3/{ARTIFACTS}/{SCRIPT}")
    digest = f"sha256:{sha256(b'print(2)').hexdigest()}"
    assert {name: each["digest"] for name, each in live.items()} == {"dev": digest, "prod": digest}

    world.roll_back(SCRIPT)
    assert (world.dev.read(SCRIPT), world.prod.read(SCRIPT)) == (b"print(2)", b"print(1)")
    assert (world.dev.writes(SCRIPT), world.prod.writes(SCRIPT)) == (2, 3)


def test_a_service_that_no_binding_names_does_not_write_another_ones_key(world: World) -> None:
    key, taken = "intruder/etl.py", "glue/taken.py"
    world.add(key, {"name": "prod", "targets": [world.prod.target(key=taken)]})
    promotion = world.pipeline.promotion_of(world.artifacts.push(key, b"print('intruder')"))
    cause = world.ended(promotion, "FAILED")["cause"]
    assert "PolicyViolationError" in cause
    assert f"s3/{world.prod.name}/{taken}" in cause
    assert world.prod.writes(taken) == 0
