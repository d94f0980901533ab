from dataclasses import replace
from typing import Any

import pytest

from gantry.handlers import entry
from gantry.handlers.promotion_machine import resolve_release
from gantry.promotion.claim import ReleaseClaim
from gantry.promotion.errors import ArtifactNotFoundError, ArtifactTypeError, InvalidRequestError, ManifestError
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.promotion.release import Release
from gantry.use_cases.services import Services
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import DIGEST, ENTERED_AT, IMAGE, PROMOTION, Said, invoke, payload
from tests.unit.handlers.pushes import push, resolve_push
from tests.unit.handlers.records import history, record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")

OTHER = "sha256:" + "c" * 64
ANOTHER = f"{PROMOTION}-another"
OBJECT = {"bucket": "acme-artifacts", "key": "cowsay"}
HINT = r'for the object, give "artifact": {"bucket": "acme", "key": "etl.py"} instead of the repository'
OF_OBJECT: dict[str, Any] = {"repository": None, "artifact": OBJECT}
WHY = "the alarm was about the database"
SOMEBODY = "bob@example.com"


@pytest.fixture(autouse=True)
def pushed(workloads: Workloads) -> None:
    workloads.images.push("cowsay", "4f0c2d1", DIGEST)


def start(execution: str = PROMOTION, **typed: Any) -> Any:
    event = {"repository": "cowsay", "started_by": SOMEBODY} | typed
    return invoke(resolve_release.handler, payload("ResolveRelease", event=event, execution=execution))


def names(answer: Any) -> list[str]:
    assert answer["outcome"] == "promote"
    found: list[str] = answer["environments"]
    return found


def test_a_tag_is_resolved_to_the_digest_that_it_names_now() -> None:
    upload()
    answer = start(tag="4f0c2d1")
    assert (answer["release"]["artifact"]["digest"], answer["release"]["tag"]) == (DIGEST, "4f0c2d1")
    assert names(answer) == ["dev", "prod"]
    assert history()[0].facts["is_manual"] is True


def test_a_digest_needs_no_tag() -> None:
    upload()
    release = start(digest=DIGEST)["release"]
    assert (release["artifact"]["digest"], release["tag"]) == (DIGEST, None)


def test_with_both_the_tag_has_to_be_one_of_the_digests(workloads: Workloads) -> None:
    upload()
    release = start(digest=DIGEST, tag="4f0c2d1")["release"]
    assert (release["artifact"]["digest"], release["tag"]) == (DIGEST, "4f0c2d1")


@pytest.mark.parametrize("tag", ["another", "never-pushed", "sha256-1234"])
def test_nobody_makes_up_a_tag_or_takes_anothers(workloads: Workloads, items: Said, announced: Said, tag: str) -> None:
    upload()
    workloads.images.push("cowsay", "another", OTHER)
    workloads.images.push("cowsay", "v1.2.3", DIGEST)
    with pytest.raises(InvalidRequestError, match=f"not tagged {tag}: its tags are 4f0c2d1, v1.2.3. Give one of its"):
        start(digest=DIGEST, tag=tag)
    assert (items(), announced()) == ([], [])


def test_of_many_tags_a_message_has_some(workloads: Workloads) -> None:
    upload()
    for number in range(20):
        workloads.images.push("cowsay", f"v{number:02}", DIGEST)
    with pytest.raises(InvalidRequestError, match=r"v08 and others\. Give one of its own"):
        start(digest=DIGEST, tag="v99")


def test_an_untagged_digest_gets_no_name_of_the_callers(workloads: Workloads) -> None:
    upload()
    workloads.images.push("cowsay", "v1.2.3", DIGEST)
    workloads.images.pushed["cowsay", OTHER] = (OTHER, {"x86_64": OTHER})
    with pytest.raises(InvalidRequestError, match=r"not tagged v1\.2\.3: it has no tag"):
        start(digest=OTHER, tag="v1.2.3")


def test_an_image_of_an_index_has_the_tag_of_the_index(workloads: Workloads) -> None:
    """The ledger and the approval's page name a release by both."""
    upload()
    workloads.images.pushed["cowsay", OTHER] = (OTHER, {"x86_64": OTHER})
    workloads.images.push("cowsay", "v1.2.3", "sha256:" + "d" * 64, {"x86_64": OTHER, "arm64": DIGEST})
    release = start(digest=OTHER, tag="v1.2.3")["release"]
    assert (release["artifact"]["digest"], release["tag"]) == (OTHER, "v1.2.3")


def test_a_digest_that_is_not_there_is_an_error_whatever_the_tag() -> None:
    upload()
    with pytest.raises(ArtifactNotFoundError):
        start(digest=OTHER, tag="4f0c2d1")


def test_a_person_may_promote_what_a_push_would_not(workloads: Workloads) -> None:
    upload()
    workloads.images.push("cowsay", "latest", DIGEST)
    assert start(tag="latest")["release"]["tag"] == "latest"


def test_what_cannot_run_is_not_promoted_manually_either(workloads: Workloads) -> None:
    upload()
    workloads.images.refusal = ArtifactTypeError("its layers are application/vnd.in-toto+json")
    with pytest.raises(ArtifactTypeError, match="in-toto"):
        start(tag="4f0c2d1")


@pytest.mark.parametrize("named", [["prod"], ["dev", "prod"], ["prod", "dev"]])
def test_some_of_the_environments_can_be_named_and_the_manifest_keeps_their_order(named: list[str]) -> None:
    upload()
    assert names(start(tag="4f0c2d1", environments=named)) == sorted(named)
    assert history()[0].facts["environments"] == sorted(named)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"tag": "4f0c2d1", "environments": ["prd"]}, "no environment prd; name some of prod, dev, or"),
        ({"tag": "4f0c2d1", "environments": []}, "environments: the list is empty; give at least one"),
        ({}, "cannot be used: give a tag or a digest"),
        ({"tag": ""}, "tag: .*'' cannot be one; give letters, digits"),
        ({"tag": "a b"}, "tag: .*'a b' cannot be one; give letters, digits"),
        ({"tag": ".hidden"}, "tag: .*no . or - at the beginning"),
        ({"tag": "v" * 129}, "tag: .*128 at most"),
        ({"tag": "v1\n"}, "tag: .*give letters, digits"),
        ({"tag": "4f0c2d1@sha256:1"}, "tag: .*give letters, digits"),
        ({"tag": 1}, "tag: 1 is a number, not text; give text in quotes"),
        ({"tag": "4f0c2d1", "repository": "Cowsay"}, "repository: .*'Cowsay' cannot be one; give lower-case"),
        ({"tag": "4f0c2d1", "repository": "cowsay\n"}, "repository: .*give lower-case"),
        ({"digest": "4f0c2d1"}, "digest: '4f0c2d1' cannot be one; give sha256: and 64 hex digits"),
        ({"tag": "4f0c2d1", "enviroments": ["prod"]}, "enviroments: unknown key; did you mean 'environments'[?]"),
        ({"tag": "4f0c2d1", "repository": None}, "cannot be used: give a repository, or an artifact like"),
        ({"tag": "4f0c2d1", "artifact": OBJECT}, "cannot be used: give a repository or an artifact, not both"),
        ({"version_id": "3HL4"}, "cannot be used: a version_id names an object's version; give a tag or a digest"),
        ({"tag": "4f0c2d1", "version_id": "3HL4"}, "cannot be used: a version_id names an object's version"),
        (
            {"repository": "s3/acme/etl.py", "version_id": "3HL4"},
            f"cannot be used: .*give a tag or a digest; or {HINT}",
        ),
        ({"repository": "s3/acme/etl.py"}, f"cannot be used: give a tag or a digest; or {HINT}"),
        (
            {"repository": "s3/acme/Glue/a.py", "version_id": "3HL4"},
            "repository: .*cannot be one; for the object, give",
        ),
        ({"repository": "s3/acme"}, "cannot be used: give a tag or a digest[.]"),
        (OF_OBJECT | {"tag": "4f0c2d1"}, "cannot be used: a tag names an image; give the object's version_id"),
        (OF_OBJECT, "cannot be used: give the object's version_id, or the digest of a release"),
        (
            OF_OBJECT | {"version_id": "3HL4", "digest": DIGEST},
            "cannot be used: give the object's version_id, or the digest",
        ),
        (OF_OBJECT | {"version_id": "null"}, "version_id: .*in a bucket that keeps versions"),
        (OF_OBJECT | {"version_id": "3 4"}, "version_id: .*give the id of one version"),
        ({"repository": None, "artifact": {"bucket": "Acme", "key": "x"}}, "artifact.bucket: .*give 3 to 63"),
        ({"repository": None, "artifact": {"bucket": "acme", "key": "x y"}}, "artifact.key: .*give letters"),
        ({"tag": "4f0c2d1", "started_by": ""}, "started_by: .*give a mail address or a user name"),
        ({"tag": "4f0c2d1", "started_by": "  "}, "started_by: .*give a mail address or a user name"),
        ({"tag": "4f0c2d1", "started_by": "bob\nalice"}, "started_by: .*in printable characters"),
        ({"tag": "4f0c2d1", "started_by": "b" * 255}, "started_by: it is too long; give 254 characters at most"),
        (
            {"tag": "4f0c2d1", "release_from_quarantine": "because"},
            "release_from_quarantine: it is too short; give at least 10 characters",
        ),
        (
            {"tag": "4f0c2d1", "release_from_quarantine": f"because{' ' * 10}"},
            "release_from_quarantine: it is too short; give at least 10 characters",
        ),
        (
            {"tag": "4f0c2d1", "release_from_quarantine": "because " * 63},
            "release_from_quarantine: it is too long; give 500 characters at most",
        ),
        ({"tag": "4f0c2d1", "release_from_quarantine": "because \ud800"}, "release_from_quarantine: "),
    ],
)
def test_an_input_that_makes_no_sense_is_refused_and_nothing_starts(
    items: Said, announced: Said, typed: dict[str, Any], problem: str
) -> None:
    upload()
    with pytest.raises(InvalidRequestError, match=problem):
        start(**typed)
    assert items() == []
    assert announced() == []


def test_an_input_without_a_manifest_is_an_error_and_not_ignored() -> None:
    missing = r"There is no service cowsya: the manifest bucket has no services/cowsya\.yaml"
    with pytest.raises(ManifestError, match=rf"{missing}\. The bucket has no manifest at all\."):
        start(repository="cowsya", tag="4f0c2d1")
    upload(service="barn")
    upload()
    with pytest.raises(ManifestError, match=rf"{missing}\. Manifests are there for cowsay, barn\."):
        start(repository="cowsya", tag="4f0c2d1")


def test_a_tag_that_nobody_pushed_is_an_error() -> None:
    upload()
    with pytest.raises(ArtifactNotFoundError, match="abcdef1"):
        start(tag="abcdef1")


def test_what_was_promoted_already_is_promoted_again_and_the_claim_is_taken_over(
    services: Services, announced: Said
) -> None:
    revision = upload()
    resolve_push(push())
    assert names(start(ANOTHER, tag="4f0c2d1")) == ["dev", "prod"]
    assert [event["detail"]["execution"] for event in announced()] == [PROMOTION, ANOTHER]
    third = ReleaseClaim(Release("cowsay", IMAGE, revision), f"{PROMOTION}-third", "2026")
    earlier = services.claims.claim(third)
    assert earlier
    assert earlier.execution == ANOTHER


def test_a_retry_starts_nothing_more(items: Said) -> None:
    upload()
    record_quarantine(DIGEST)
    typed = {"tag": "4f0c2d1", "release_from_quarantine": WHY}
    once, kept = start(**typed), items()
    assert start(**typed) == once
    assert items() == kept


def quarantine() -> Quarantine:
    """What is kept of it."""
    found = entry.services().quarantines.last("cowsay", DIGEST)
    assert found
    return found


def test_somebody_who_says_why_releases_a_digest_from_quarantine_and_that_is_kept_with_it() -> None:
    upload()
    record_quarantine(DIGEST)
    before = quarantine()
    start(tag="4f0c2d1", release_from_quarantine=f" {WHY}\n")
    assert quarantine() == replace(before, released=QuarantineRelease(ENTERED_AT, WHY, PROMOTION, SOMEBODY))
    assert not quarantine().is_active
    assert history()[0].facts["released_from_quarantine"] == WHY


def test_a_person_who_releases_it_need_not_be_known_where_nobody_approves() -> None:
    upload()
    record_quarantine(DIGEST)
    without_a_starter(environments=["dev"], release_from_quarantine=WHY)
    assert quarantine().released == QuarantineRelease(ENTERED_AT, WHY, PROMOTION, None)


def test_a_release_of_what_is_not_in_quarantine_is_in_the_history_alone() -> None:
    upload()
    start(tag="4f0c2d1", release_from_quarantine=WHY)
    assert entry.services().quarantines.last("cowsay", DIGEST) is None
    assert history()[0].facts["released_from_quarantine"] == WHY


def test_only_a_person_who_starts_a_promotion_releases_anything() -> None:
    upload()
    record_quarantine(DIGEST)
    event = push() | {"release_from_quarantine": WHY}
    event["detail"]["release_from_quarantine"] = WHY
    resolve_push(event)
    assert quarantine().is_active


def test_without_saying_why_the_quarantine_stays() -> None:
    upload()
    record_quarantine(DIGEST)
    start(tag="4f0c2d1")
    assert entry.services().quarantines.get("cowsay", DIGEST)
    assert "released_from_quarantine" not in history()[0].facts


def test_an_input_that_is_refused_releases_nothing_from_quarantine() -> None:
    upload(MANIFEST)
    record_quarantine(DIGEST)
    with pytest.raises(InvalidRequestError):
        start(tag="4f0c2d1", environments=["prd"], release_from_quarantine=WHY)
    assert quarantine().is_active


def without_a_starter(**typed: Any) -> Any:
    event = {"repository": "cowsay", "tag": "4f0c2d1"} | typed
    return invoke(resolve_release.handler, payload("ResolveRelease", event=event, execution=PROMOTION))


def test_the_origin_of_a_manual_promotion_is_recorded_published_and_returned(
    workloads: Workloads, announced: Said
) -> None:
    upload()
    workloads.images.pushed_by = "alice"
    origin = start(tag="4f0c2d1")["origin"]
    assert origin == {
        "is_manual": True,
        "pushed_by": "alice",
        "started_by": SOMEBODY,
        "tags": ["4f0c2d1"],
        "is_verified": False,
    }
    assert origin.items() <= history()[0].facts.items()
    (event,) = announced()
    assert origin.items() <= event["detail"].items()


def test_nobody_starts_without_a_name_what_they_must_not_approve_themselves(items: Said, announced: Said) -> None:
    upload()
    with pytest.raises(InvalidRequestError, match=r"started_by.*self_approval: false for prod"):
        without_a_starter()
    assert items() == []
    assert announced() == []


def test_where_nobody_approves_nobody_needs_to_say_who_starts_it() -> None:
    upload()
    answer = without_a_starter(environments=["dev"])
    assert (names(answer), answer["origin"]["started_by"]) == (["dev"], None)


def test_where_people_may_approve_their_own_nobody_needs_to_say_who_starts_it() -> None:
    upload(MANIFEST.replace("expires_after: 72h", "expires_after: 72h, self_approval: true"))
    assert names(without_a_starter()) == ["dev", "prod"]


def test_an_object_is_refused_where_the_manifest_of_its_name_is_for_a_repository() -> None:
    named = "s3/acme-artifacts/cowsay"
    upload(MANIFEST.replace("repository: cowsay", f"repository: {named}"), service=named)
    with pytest.raises(InvalidRequestError) as refused:
        start(**OF_OBJECT, version_id="3HL4")
    assert str(refused.value) == (
        "services/s3/acme-artifacts/cowsay.yaml is for images of the repository s3/acme-artifacts/cowsay, not for the "
        "object s3://acme-artifacts/cowsay. Correct the manifest if it should be; otherwise give the repository "
        "another name, because one manifest cannot be for both."
    )


def test_an_object_without_a_manifest_is_refused_with_where_it_should_be() -> None:
    with pytest.raises(ManifestError, match=r"has no services/s3/acme-artifacts/cowsay\.yaml"):
        start(**OF_OBJECT, version_id="3HL4")
