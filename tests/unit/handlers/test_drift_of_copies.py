"""LookForDrift: what Git and the bucket say beside the targets, and never green what could not be read."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import boto3
import pytest

from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor
from gantry.promotion.manifest_origin import SHA256
from gantry.promotion.source import ManifestSource, Source
from gantry.promotion.timestamps import iso
from gantry.use_cases.write_back.writing import own_branch
from sandbox.stand_in.git_host.server import GitHost
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import OLD_DIGEST, ROOT, TARGET
from tests.unit.handlers.previews import is_live
from tests.unit.handlers.records import live, record_lease, record_live
from tests.unit.handlers.test_look_for_drift import looked
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")
FILE = "{environment: prod, path: prod.auto.tfvars.json, format: tfvars.json, set: {app_version: tag}}"
COMMIT = "4f0c2d1" + "0" * 33


def manifest(mode: str = "commit", file: str = FILE, repository: str = "acme/infra", branch: str = "main") -> str:
    keys = f"{{repository: {repository}, branch: {branch}, mode: {mode}, files: [{file}]}}"
    return f"{MANIFEST}write_back: {keys}\n"


@pytest.fixture(autouse=True)
def cowsay(bucket: None, ledger: Any, workloads: Workloads) -> None:
    """Version 1 with the tag `before` is live in prod."""
    is_live(workloads)
    record_lease(Lease(TARGET, live_for=LiveFor("cowsay", "prod")))


def in_git(github: GitHost, text: str, branch: str = "main", path: str = "prod.auto.tfvars.json") -> None:
    """Somebody commits a file."""
    repository = github.repository
    head = repository.head("main")
    commit = repository.commit(repository.tree(head, {path: text.encode()}), [head], "by hand")
    repository.force(branch, commit)


def copy() -> Any:
    (found,) = looked()["copies"]
    return found


def test_a_file_that_says_what_is_live_is_in_sync(github: GitHost) -> None:
    upload(manifest())
    in_git(github, '{"app_version": "before"}')
    found = copy()
    assert (found["id"], found["what"]) == ("git/acme/infra/main/cowsay/prod", "git_file")
    assert (found["environment"], found["state"], found["command"]) == ("prod", "SYNCED", None)
    assert looked()["state"] == "SYNCED"


def test_a_file_that_says_something_else_is_told_with_what_and_the_command(github: GitHost) -> None:
    upload(manifest())
    in_git(github, '{"app_version": "v9"}')
    found = copy()
    assert (found["state"], found["reason"]) == ("OUT_OF_SYNC", None)
    (difference,) = found["differences"]
    assert difference["what"] == "prod.auto.tfvars.json: app_version"
    assert (difference["expected"], difference["found"]) == ("before", "v9")
    expected = "gantry write-back services/cowsay.yaml --plan --repository acme/infra --environment prod"
    assert found["command"] == expected
    assert looked()["state"] == "OUT_OF_SYNC"


def test_looking_asks_for_a_token_that_only_reads(github: GitHost) -> None:
    upload(manifest())
    copy()
    assert list(github.app.tokens.values()) == [{"contents": "read"}]
    upload(manifest("pull_request"))
    copy()
    assert list(github.app.tokens.values())[-1] == {"contents": "read", "pull_requests": "read"}


def test_a_file_that_gantry_has_not_written_yet_says_nothing(github: GitHost) -> None:
    upload(manifest())
    found = copy()
    assert found["state"] == "OUT_OF_SYNC"
    assert [each["found"] for each in found["differences"]] == [None]


def test_what_went_live_just_now_may_be_on_its_way(github: GitHost) -> None:
    upload(manifest())
    event = json.loads((ROOT / "events" / "look_for_drift.service.json").read_text())
    since = datetime.fromtimestamp(event["requestContext"]["timeEpoch"] / 1000 - 60, UTC)
    known = live(1, since=iso(since))
    record_live(known)
    found = copy()
    assert found["state"] == "DEPLOYING"
    assert "may be on its way to Git" in found["reason"]


def test_a_protected_branch_is_named(github: GitHost) -> None:
    upload(manifest())
    github.answers.protected.add("main")
    found = copy()
    assert found["state"] == "OUT_OF_SYNC"
    assert "main of acme/infra is protected" in found["reason"]


def test_an_open_pull_request_of_gantrys_own_waits_for_people(github: GitHost) -> None:
    upload(manifest("pull_request"))
    assert "No pull request of Gantry's" in copy()["reason"]
    own = own_branch("cowsay", "prod")
    in_git(github, '{"app_version": "before"}', own)
    github.pulls.create(own, "main", "cowsay in prod: before", "")
    found = copy()
    assert found["state"] == "DEPLOYING"
    assert "Pull request 1 of acme/infra says it, and waits for people" in found["reason"]
    in_git(github, '{"app_version": "v9"}', own)
    found = copy()
    assert found["state"] == "OUT_OF_SYNC"
    assert "Pull request 1 of acme/infra does not say it either" in found["reason"]


YAML = "{environment: prod, path: charts/prod.yaml, format: yaml, set: {%s: tag}}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (manifest(repository="acme/nowhere"), "GitHub has no repository acme/nowhere"),
        (manifest(branch="trunk"), "acme/infra has no branch trunk"),
        (manifest(file=YAML % "image.version"), "charts/prod.yaml: image.version is not in it"),
        (manifest(file=(YAML % "a").replace("prod.yaml", "gone.yaml")), "charts/gone.yaml: it does not exist"),
        (manifest(file=(YAML % "a").replace("prod.yaml", "twice.yaml")), "charts/twice.yaml: a is in it 2 times"),
        (manifest(file=(YAML % "a").replace("prod.yaml", "bad.yaml")), "charts/bad.yaml: "),
    ],
)
def test_what_cannot_be_compared_is_unknown_with_which_it_is(text: str, said: str, github: GitHost) -> None:
    repository = github.repository
    head = repository.head("main")
    files = {"charts/twice.yaml": b"a: x\na: y\n", "charts/bad.yaml": b"a: [x\n"}
    repository.force("main", repository.commit(repository.tree(head, files), [head], "by hand"))
    upload(text)
    found = copy()
    assert found["state"] == "UNKNOWN"
    assert said in found["reason"]
    assert looked()["state"] == "UNKNOWN"


def test_an_app_without_the_right_is_unknown(github: GitHost) -> None:
    upload(manifest("pull_request"))
    github.app.rights = {"contents": "write"}
    found = copy()
    assert found["state"] == "UNKNOWN"
    assert "pull_requests: read" in found["reason"]


def test_without_an_app_no_file_is_compared() -> None:
    upload(manifest())
    assert looked()["copies"] == []


def synced(text: str = MANIFEST, **metadata: str) -> None:
    """A sync has uploaded the manifest, or somebody who kept its metadata."""
    known = {"git-repository": "https://github.com/acme/services", "git-commit": COMMIT, "git-path": "a/cowsay.yaml"}
    boto3.client("s3").put_object(
        Bucket="manifests", Key="services/cowsay.yaml", Body=text.encode(), Metadata=known | metadata
    )


def test_a_manifest_that_was_edited_in_the_bucket_is_told() -> None:
    right = sha256(MANIFEST.encode()).hexdigest()
    synced(**{SHA256: right})
    found = copy()
    assert (found["id"], found["state"]) == ("manifest/cowsay", "SYNCED")

    synced(MANIFEST.replace("cowsay-errors", "other-errors"), **{SHA256: right})
    found = copy()
    assert found["state"] == "OUT_OF_SYNC"
    assert "Somebody has edited it in the bucket" in found["reason"]
    assert found["command"] == "gantry manifest sync a/cowsay.yaml"


def test_a_manifest_without_a_commit_is_told_once_the_live_one_has_one(workloads: Workloads) -> None:
    upload()
    assert looked()["copies"] == []
    current = live(1).current
    source = Source(manifest=ManifestSource(COMMIT))
    record_live(replace(live(1), current=replace(current, digest=OLD_DIGEST, source=source)))
    found = copy()
    assert found["state"] == "OUT_OF_SYNC"
    assert "uploaded without a commit. The one that is live is from 4f0c2d1" in found["reason"]
    assert found["command"] == "gantry manifest sync services/cowsay.yaml --replace cowsay"


def test_a_manifest_that_an_older_sync_has_uploaded_is_not_compared() -> None:
    synced()
    assert looked()["copies"] == []
