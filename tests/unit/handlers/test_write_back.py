"""WriteBack: Git says what the ledger says, whatever order the messages come in."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gantry.handlers import entry
from gantry.handlers.event_rules import write_back
from gantry.promotion.errors import InvalidRequestError, ManifestError
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.live import Live
from gantry.promotion.source import Source
from gantry.promotion.write_back.errors import GitUnreachableError, WrittenFileError
from sandbox.stand_in.git_host.server import Fault, GitHost
from tests.unit.handlers.ledger_pages import LedgerPages
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import DEPLOYMENT, OTHER_TARGET, invoke
from tests.unit.handlers.records import BEFORE, digest_of, live, record_live

pytestmark = pytest.mark.usefixtures("ledger", "bucket")

WRITE_BACK = """\
write_back:
  repository: acme/infra
  mode: commit
  files:
    - {environment: prod, path: prod.auto.tfvars.json, format: tfvars.json, set: {app_version: tag}}
    - {environment: prod, path: charts/prod.yaml, format: yaml, set: {image.tag: tag, image.digest: digest}}
    - {environment: dev, path: dev.auto.tfvars.json, format: tfvars.json, set: {app_version: tag}}
"""
BOTH_TARGETS = MANIFEST.replace(
    'targets: [{account: "444444444444", region: us-east-1, function: cowsay, alias: live}]',
    'targets: [{account: "444444444444", region: us-east-1, function: cowsay, alias: live}, '
    '{account: "444444444444", region: eu-west-1, function: cowsay, alias: live}]',
)
SOURCE = Source("https://github.com/acme/cowsay", "2222222")


@pytest.fixture(autouse=True)
def of_people(pages: LedgerPages) -> Iterator[None]:
    """Who approved is looked for in the newest entries, which is a bounded search too."""
    yield
    pages.clear()


def message(environment: str = "prod", **detail: Any) -> dict[str, Any]:
    found = {"service": "cowsay", "environment": environment, "execution": DEPLOYMENT} | detail
    return {"Records": [{"body": json.dumps({"detail-type": "Promotion Deployment Completed", "detail": found})}]}


def deliver(environment: str = "prod", **detail: Any) -> Any:
    return invoke(write_back.handler, message(environment, **detail))


def read(github: GitHost, path: str = "prod.auto.tfvars.json") -> bytes:
    return github.repository.read(path, github.repository.head("main"))


def approved(*people: str, digest: str, environment: str = "prod", decision: str = "approved") -> None:
    answers = [{"approver": each, "decision": decision} for each in people]
    facts = {"decision": decision, "environment": environment, "digest": digest, "answers": answers}
    kind = HistoryKind.APPROVAL_DECIDED
    promotion = f"{environment}-{decision}-{digest[-1]}"
    entry.services().ledger.record(HistoryEntry("cowsay", BEFORE, kind, promotion, environment, facts=facts))


def test_what_is_live_is_in_every_file_of_its_environment_by_one_commit(github: GitHost) -> None:
    upload(MANIFEST + WRITE_BACK)
    record_live(live(2, 1))
    assert deliver()["outcome"] == "committed"
    assert json.loads(read(github)) == {"app_version": "tag2"}
    assert read(github, "charts/prod.yaml") == f'image: {{tag: tag2, digest: "{digest_of(2)}"}}\n'.encode()
    assert len(github.repository.log("main")) == 2


def test_the_commit_names_who_approved_this_release_there(github: GitHost) -> None:
    upload(MANIFEST + WRITE_BACK)
    current = replace(live(2, 1), current=replace(live(2).current, source=SOURCE))
    record_live(current)
    approved("ops@example.com", "lead@example.com", digest=digest_of(2))
    approved("dev@example.com", digest=digest_of(2), environment="dev")
    approved("old@example.com", digest=digest_of(1))
    approved("no@example.com", digest=digest_of(2), decision="rejected")
    before = {"repository": SOURCE.repository, "revision": "1111111", "run": None, "commit": None}
    deliver(digest=digest_of(1), source=before)
    text = github.repository.message(github.repository.head("main"))
    assert text.splitlines()[0] == "cowsay in prod: tag2"
    assert "Approved by: ops@example.com, lead@example.com\n" in text
    assert "Changes: https://github.com/acme/cowsay/compare/1111111...2222222" in text
    assert text.endswith(f"Gantry-Execution: {DEPLOYMENT}")


def test_a_rollback_is_written_back_too(github: GitHost) -> None:
    """https://github.com/argoproj-labs/argocd-image-updater/issues/1249: there the newer tag was committed again."""
    upload(MANIFEST + WRITE_BACK)
    record_live(live(2, 1))
    deliver()
    back = replace(live(1), sequence=2)
    record_live(back)
    deliver()
    assert json.loads(read(github)) == {"app_version": "tag1"}
    assert github.repository.message(github.repository.head("main")).startswith("cowsay in prod: back to tag1\n")


def test_what_is_said_already_gets_no_commit(github: GitHost) -> None:
    upload(MANIFEST + WRITE_BACK)
    record_live(live(2, 1))
    deliver()
    assert deliver()["outcome"] == "nothing to do"
    assert len(github.repository.log("main")) == 2


def test_an_environment_between_two_releases_waits_for_its_last_target(github: GitHost) -> None:
    upload(BOTH_TARGETS + WRITE_BACK)
    record_live(live(2, 1), live(1, target=OTHER_TARGET))
    assert deliver()["outcome"] == "nothing to do"
    assert github.calls == []
    record_live(live(2, 1, target=OTHER_TARGET))
    assert deliver()["outcome"] == "committed"


def test_a_target_that_the_manifest_has_no_more_does_not_count(github: GitHost) -> None:
    upload(MANIFEST + WRITE_BACK)
    record_live(live(2, 1), live(1, target=OTHER_TARGET))
    assert deliver()["outcome"] == "committed"


ONLY_DEV = """\
write_back:
  repository: acme/infra
  files: [{environment: dev, path: dev.auto.tfvars.json, format: tfvars.json, set: {app_version: tag}}]
"""


@pytest.mark.parametrize("of_git", ["", ONLY_DEV])
def test_without_files_for_the_environment_nobody_asks_github(of_git: str, github: GitHost) -> None:
    upload(MANIFEST + of_git)
    record_live(live(2, 1))
    assert deliver()["outcome"] == "nothing to do"
    assert github.calls == []


def test_a_service_without_a_manifest_is_passed_over(github: GitHost) -> None:
    record_live(live(2, 1))
    assert deliver()["outcome"] == "nothing to do"


def test_a_manifest_that_is_wrong_brings_the_message_back(github: GitHost) -> None:
    upload("repository: cowsay\n")
    with pytest.raises(ManifestError):
        deliver()


def test_a_github_that_is_down_brings_the_message_back_and_the_next_try_writes(github: GitHost) -> None:
    upload(MANIFEST + WRITE_BACK)
    record_live(live(2, 1))
    github.faults.extend([Fault(503), Fault(503)])
    with pytest.raises(GitUnreachableError):
        deliver()
    assert deliver()["outcome"] == "committed"


def test_of_several_files_none_is_written_when_one_cannot_be(github: GitHost) -> None:
    upload(MANIFEST + WRITE_BACK)
    record_live(live(2, 1))
    github.repository.push("main", {"charts/prod.yaml": b"image: {tag: old}\n"})
    with pytest.raises(WrittenFileError, match=r"^charts/prod.yaml: image.digest is not in it"):
        deliver()
    assert len(github.repository.log("main")) == 2


HISTORY: list[Live] = [live(1), live(2, 1), replace(live(1), sequence=2), live(3, 1), replace(live(1), sequence=3)]


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["change", "deliver", "fail"]), max_size=12))
def test_whatever_is_late_repeated_or_lost_the_last_message_makes_git_true(github: GitHost, steps: list[str]) -> None:
    upload(MANIFEST + WRITE_BACK)
    number = 0
    record_live(HISTORY[number])
    for step in steps:
        if step == "change":
            number = (number + 1) % len(HISTORY)
            record_live(HISTORY[number])
        elif step == "deliver":
            deliver()
        else:
            github.faults.extend([Fault(502), Fault(502)])
            with pytest.raises(GitUnreachableError):
                deliver()
    deliver()
    assert json.loads(read(github)) == {"app_version": HISTORY[number].current.tag}


@pytest.mark.parametrize("execution", ["", "arn:x\nSigned-off-by: somebody"])
def test_no_event_writes_lines_of_its_own_into_a_commit(execution: str, github: GitHost) -> None:
    with pytest.raises(InvalidRequestError, match="execution"):
        deliver(execution=execution)
