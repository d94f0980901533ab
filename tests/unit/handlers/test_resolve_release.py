from dataclasses import asdict, replace
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from gantry.aws.manifests import Manifests
from gantry.handlers.promotion_machine import resolve_release
from gantry.promotion.errors import (
    ArtifactArchitectureError,
    ArtifactNotFoundError,
    ArtifactTypeError,
    InvalidRequestError,
    ManifestError,
    NotificationError,
)
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.promotion_start import PromotionStart
from gantry.promotion.source import ManifestSource, Source
from gantry.use_cases.services import Services
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.outages import with_bus, without_bus
from tests.unit.handlers.payloads import DIGEST, ENTERED_AT, PROMOTION, Said, invoke, payload
from tests.unit.handlers.pushes import push, recorded, resolve_push
from tests.unit.handlers.records import history, record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")

CHILD = "sha256:" + "c" * 64
SOURCE = Source("https://github.com/acme/cowsay", "4f0c2d1", "https://ci.example.com/7")
RUN = "https://gitlab.com/acme/services/-/pipelines/7"


@pytest.fixture(autouse=True)
def pushed(workloads: Workloads) -> None:
    workloads.images.push("cowsay", "4f0c2d1", DIGEST)


def resolve(event: dict[str, Any] | None = None, execution: str = PROMOTION) -> Any:
    return resolve_push(event or push(), execution)


def ignored(answer: Any) -> str:
    assert (answer["outcome"], answer["release"], answer["origin"]) == ("ignored", None, None)
    assert answer["environments"] == []
    return str(answer["reason"])


def but_the_start(items: Said) -> Any:
    """What is in the ledger beside the record of the push."""
    return [each for each in items() if not each["pk"].startswith("start#")]


def test_a_push_becomes_a_release_with_the_revision_of_the_manifest_that_is_there_now() -> None:
    upload(MANIFEST.replace("memory_mb: 512", "memory_mb: 256"))
    revision = upload()
    answer = resolve()
    assert answer["outcome"] == "promote"
    assert answer["release"] == {
        "service": "cowsay",
        "artifact": {"kind": "container_image", "digest": DIGEST, "location": "cowsay", "version": None, "copies": {}},
        "manifest_revision": revision,
        "tag": "4f0c2d1",
        "source": None,
        "configuration_of": None,
    }


def test_a_release_says_where_it_comes_from_wherever_it_is_kept_or_told(
    workloads: Workloads, announced: Said, services: Services
) -> None:
    upload()
    workloads.images.source = SOURCE
    assert resolve()["release"]["source"] == asdict(SOURCE)
    (event,) = announced()
    (entry,) = history()
    (running,) = services.running_promotions.all()
    known = asdict(SOURCE) | {"commit": "https://github.com/acme/cowsay/commit/4f0c2d1"}
    assert event["detail"]["source"] == known
    assert entry.facts["source"] == {name: value for name, value in known.items() if value}
    assert running.release.source == SOURCE


def upload_from(**metadata: str) -> None:
    boto3.client("s3").put_object(
        Bucket="manifests", Key="services/cowsay.yaml", Body=MANIFEST.encode(), Metadata=metadata
    )


def test_the_commit_of_the_manifest_is_part_of_the_release(
    workloads: Workloads, announced: Said, services: Services
) -> None:
    repository = "https://gitlab.com/acme/services"
    upload_from(**{"git-commit": "b2b2b2b", "git-repository": repository, "git-path": "a.yaml", "run-url": RUN})
    workloads.images.source = SOURCE

    answered = resolve()["release"]["source"]

    assert answered["manifest"] == {"repository": repository, "revision": "b2b2b2b", "run": RUN}
    (event,) = announced()
    (entry,) = history()
    (running,) = services.running_promotions.all()
    commit = {"commit": f"{repository}/-/commit/b2b2b2b"}
    assert event["detail"]["source"] == entry.facts["source"]
    assert event["detail"]["source"]["manifest"] == answered["manifest"] | commit
    assert running.release.source == replace(SOURCE, manifest=ManifestSource("b2b2b2b", repository, RUN))


@pytest.mark.parametrize("commit", ["", "main", "<script>", "../../etc", "b2b2b2b\u00e4"])
def test_what_strangers_write_as_the_manifests_commit_fails_no_promotion(workloads: Workloads, commit: str) -> None:
    metadata = {"git-commit": commit, "git-repository": "javascript:alert(1)", "run-url": "data:text/html,x"}
    upload_from(**{name: value for name, value in metadata.items() if value.isascii()})
    workloads.images.source = SOURCE
    assert resolve()["release"]["source"] == asdict(SOURCE)


def test_only_the_names_of_the_environments_go_on_in_the_manifests_order() -> None:
    upload()
    assert resolve()["environments"] == ["dev", "prod"]


def test_a_release_has_its_origin_and_every_tag_of_the_image(workloads: Workloads) -> None:
    upload()
    workloads.images.push("cowsay", "v1.2.3", DIGEST)
    workloads.images.pushed_by = "alice@example.com"
    assert resolve()["origin"] == {
        "is_manual": False,
        "is_verified": True,
        "pushed_by": "alice@example.com",
        "started_by": None,
        "tags": ["4f0c2d1", "v1.2.3"],
    }


def test_the_tags_of_what_was_pushed_are_read_once(workloads: Workloads) -> None:
    upload()
    assert resolve()["origin"]["tags"] == ["4f0c2d1"]
    assert workloads.images.tags_asked == [DIGEST]


def test_a_push_of_something_that_cannot_run_is_ignored_and_published_with_its_media_types(
    workloads: Workloads, announced: Said
) -> None:
    upload()
    reason = "its configuration is application/vnd.cncf.helm.config.v1+json"
    workloads.images.refusal = ArtifactTypeError(reason)
    assert ignored(resolve()) == reason
    assert [(event["detail-type"], event["detail"]["reason"]) for event in announced()] == [
        ("Promotion Ignored", reason)
    ]


def test_the_parts_of_a_multi_architecture_image_are_no_releases_and_do_not_carry_the_whole_one(
    workloads: Workloads,
) -> None:
    upload(MANIFEST.replace("git-sha", "semver"))
    index = "sha256:" + "d" * 64
    workloads.images.push("cowsay", "1.1.0-amd64", CHILD)
    workloads.images.push("cowsay", "1.1.0-arm64", DIGEST)
    workloads.images.push("cowsay", "1.1.0", index, {"x86_64": CHILD, "arm64": DIGEST})
    for tag, digest in (("1.1.0-amd64", CHILD), ("1.1.0-arm64", DIGEST)):
        assert "names a platform" in ignored(resolve(push(tag, digest=digest), f"{PROMOTION}-{tag}"))
    release = resolve(push("1.1.0", digest=index))["release"]
    assert (release["tag"], release["artifact"]["digest"]) == ("1.1.0", CHILD)


def test_a_promotion_that_starts_is_recorded_and_published(workloads: Workloads, announced: Said) -> None:
    workloads.images.pushed_by = "alice@example.com"
    revision = upload()
    resolve()
    facts = {
        "service": "cowsay",
        "digest": DIGEST,
        "manifest_revision": revision,
        "tag": "4f0c2d1",
        "environments": ["dev", "prod"],
        "is_manual": False,
        "is_verified": True,
        "pushed_by": "alice@example.com",
        "tags": ["4f0c2d1"],
    }
    assert history() == [HistoryEntry("cowsay", ENTERED_AT, HistoryKind.PROMOTION_STARTED, PROMOTION, facts=facts)]
    (event,) = announced()
    assert event["detail-type"] == "Promotion Started"
    assert event["detail"] == facts | {
        "started_by": None,
        "policy_revision": None,
        "source": None,
        "execution": PROMOTION,
    }


def test_a_promotion_that_starts_is_known_to_run_until_its_end_is(services: Services) -> None:
    upload()
    release = resolve()["release"]
    (running,) = services.running_promotions.all()
    assert (running.execution, running.environments, running.release.digest) == (
        PROMOTION,
        ("dev", "prod"),
        release["artifact"]["digest"],
    )
    assert ignored(resolve(push(), f"{PROMOTION}-again"))
    assert [each.execution for each in services.running_promotions.all()] == [PROMOTION], "an ignored one has no end"


def test_a_retry_finds_its_own_claim_and_starts_nothing_more(items: Said) -> None:
    upload()
    once, kept = resolve(), items()
    assert resolve() == once
    assert items() == kept


def test_a_start_that_could_not_be_published_is_published_by_the_retry(services: Services, announced: Said) -> None:
    upload()
    without_bus(services)
    with pytest.raises(NotificationError):
        resolve()
    with_bus(services)
    assert resolve()["outcome"] == "promote"
    assert [event["detail-type"] for event in announced()] == ["Promotion Started"]


@pytest.mark.parametrize(
    "tag", ["latest", "v1.2.3", f"sha256-{'a' * 64}.sig", f"sha256-{'a' * 64}.att", f"sha256-{'a' * 64}", None]
)
def test_a_push_that_is_no_release_is_ignored_and_says_why(
    items: Said, announced: Said, logged: list[str], tag: str | None
) -> None:
    upload()
    reason = ignored(resolve(push(tag)))
    assert str(tag) in reason or "no tag" in reason
    assert any(reason in line for line in logged)
    assert but_the_start(items) == []
    assert announced() == []


def test_which_tags_are_promoted_is_the_manifests_choice(workloads: Workloads) -> None:
    upload(MANIFEST.replace("git-sha", "semver"))
    workloads.images.push("cowsay", "v1.2.3", DIGEST)
    assert ignored(resolve()) == "the tag 4f0c2d1 is no semver tag, and the manifest says versioning: semver"
    assert resolve(push("v1.2.3"), f"{PROMOTION}-2")["release"]["tag"] == "v1.2.3"


def test_a_push_to_a_repository_without_a_manifest_is_ignored(items: Said) -> None:
    assert ignored(resolve(push(repository="team/other"))) == "the manifest bucket has no services/team/other.yaml"
    assert but_the_start(items) == []


@pytest.mark.parametrize(("architecture", "digest"), [("x86_64", CHILD), ("arm64", DIGEST)])
def test_the_image_of_an_index_for_the_manifests_architecture_is_promoted(
    workloads: Workloads, architecture: str, digest: str
) -> None:
    upload(f"architecture: {architecture}\n{MANIFEST}")
    workloads.images.push("cowsay", "4f0c2d1", "sha256:" + "d" * 64, {"x86_64": CHILD, "arm64": DIGEST})
    answer = resolve(push(digest="sha256:" + "d" * 64))
    assert answer["release"]["artifact"]["digest"] == digest


def test_a_push_whose_tag_has_moved_on_is_ignored_because_the_later_push_says_what_is_to_be_live(
    workloads: Workloads, announced: Said
) -> None:
    upload()
    workloads.images.push("cowsay", "4f0c2d1", CHILD)
    reason = ignored(resolve())
    assert reason == (f"the tag 4f0c2d1 does not name {DIGEST} any more; what it names now is promoted by its own push")
    assert [each["detail"]["reason"] for each in announced()] == [reason]
    assert [each.kind for each in history()] == [HistoryKind.PROMOTION_IGNORED]
    assert resolve(push(digest=CHILD), f"{PROMOTION}-2")["outcome"] == "promote"


def test_a_tag_that_moves_on_and_comes_back_is_promoted_where_it_came_back_to(workloads: Workloads) -> None:
    upload()
    workloads.images.push("cowsay", "4f0c2d1", CHILD)
    ignored(resolve())
    workloads.images.push("cowsay", "4f0c2d1", DIGEST)
    assert resolve(push(), f"{PROMOTION}-2")["release"]["artifact"]["digest"] == DIGEST


def test_an_event_of_a_push_that_a_person_types_is_no_push(items: Said) -> None:
    upload()
    sent = payload("ResolveRelease", event=push(), execution=PROMOTION)
    with pytest.raises(InvalidRequestError, match=r"only StartPromotion starts .* A manual input looks like"):
        invoke(resolve_release.handler, sent)
    assert items() == []


def test_the_input_of_a_push_that_a_person_copies_starts_a_promotion_of_a_person() -> None:
    upload()
    copied = recorded(push()) | {"started_by": "bob@example.com"}
    origin = invoke(resolve_release.handler, payload("ResolveRelease", event=copied, execution=f"{PROMOTION}-2"))[
        "origin"
    ]
    assert (origin["is_manual"], origin["is_verified"], origin["started_by"]) == (True, False, "bob@example.com")


def test_what_is_recorded_counts_whatever_the_execution_was_started_with(workloads: Workloads) -> None:
    upload()
    workloads.images.push("cowsay", "another", CHILD)
    recorded(push())
    typed = {"repository": "cowsay", "digest": CHILD, "environments": ["prod"], "started_by": "eve@example.com"}
    answer = invoke(resolve_release.handler, payload("ResolveRelease", event=typed, execution=PROMOTION))
    assert answer["release"]["artifact"]["digest"] == DIGEST
    assert answer["environments"] == ["dev", "prod"]
    assert (answer["origin"]["is_manual"], answer["origin"]["started_by"]) == (False, None)


@pytest.mark.parametrize(("entered_at", "is_push"), [("2026-12-20T09:29:58Z", True), ("2026-12-20T09:30:00Z", False)])
def test_a_record_is_forgotten_before_its_executions_name_is_free_again(entered_at: str, is_push: bool) -> None:
    upload()
    typed = recorded(push()) | {"started_by": "eve@example.com"}
    sent = payload("ResolveRelease", event=typed, execution=PROMOTION, entered_at=entered_at)
    assert invoke(resolve_release.handler, sent)["origin"]["is_manual"] is not is_push


def test_a_record_with_the_name_of_a_call_makes_no_push(services: Services) -> None:
    """The function behind the API may only write such records."""
    upload()
    services.promotion_starts.add(PromotionStart("call-one", ENTERED_AT, "cowsay", "4f0c2d1", environments=("dev",)))
    execution = PROMOTION.replace("push-one", "call-one")
    answer = invoke(resolve_release.handler, payload("ResolveRelease", event={}, execution=execution))
    assert answer["origin"]["is_manual"] is True


def test_an_index_without_the_manifests_architecture_is_an_error_and_starts_nothing(
    workloads: Workloads, announced: Said
) -> None:
    upload()
    workloads.images.push("cowsay", "4f0c2d1", DIGEST, {"arm64": CHILD})
    with pytest.raises(ArtifactArchitectureError):
        resolve()
    assert (history(), announced()) == ([], [])


def test_an_image_that_is_gone_is_an_error(workloads: Workloads) -> None:
    upload()
    workloads.images.pushed.clear()
    with pytest.raises(ArtifactNotFoundError):
        resolve()


def test_a_wrong_manifest_is_an_error_with_the_path_of_what_is_wrong(items: Said) -> None:
    upload(MANIFEST.replace('"222222222222"', "222"))
    with pytest.raises(ManifestError, match=r"environments\[0\]\.targets\[0\]\.account"):
        resolve()
    assert but_the_start(items) == []


def test_a_manifest_for_another_repository_is_an_error() -> None:
    upload(MANIFEST.replace("repository: cowsay", "repository: cowthink"))
    with pytest.raises(ManifestError, match="cowthink"):
        resolve()


def test_a_quarantined_digest_still_starts_so_that_the_gates_can_say_why_it_is_kept_out() -> None:
    upload()
    record_quarantine(DIGEST)
    assert resolve()["outcome"] == "promote"


@pytest.mark.parametrize("event", [{"source": "aws.s3", "detail": {}}, {"detail": {"repository-name": "cowsay"}}])
def test_an_event_of_somebody_else_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match="This is an event"):
        invoke(resolve_release.handler, payload("ResolveRelease", event=event, execution=PROMOTION))


def test_a_push_event_that_is_not_as_aws_documents_it_is_an_error() -> None:
    event = push()
    del event["detail"]["image-digest"]
    with pytest.raises(ValidationError, match="image-digest"):
        resolve(event)


def test_a_bucket_without_versions_is_an_error(services: Services) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="unversioned")
    vars(services)["manifests"] = Manifests(s3, "unversioned")
    upload(bucket="unversioned")
    with pytest.raises(ManifestError, match="has no version id"):
        resolve()
