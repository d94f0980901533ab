from dataclasses import replace
from typing import Any

import pytest

from gantry.aws.quarantines import Quarantines
from gantry.aws.release_claims import ReleaseClaims
from gantry.handlers import resolve_release
from gantry.promotion.errors import ArtifactNotFoundError, InvalidRequestError, ManifestError
from gantry.promotion.ledger import ReleaseClaim
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.promotion.release import Release
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import DIGEST, ENTERED_AT, PROMOTION, Said, invoke, payload
from tests.unit.handlers.pushes import push
from tests.unit.handlers.records import history, record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")

ANOTHER = f"{PROMOTION}-another"
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
    return [each["name"] for each in answer["environments"]]


def test_a_tag_is_resolved_to_the_digest_that_it_names_now() -> None:
    upload()
    answer = start(tag="4f0c2d1")
    assert (answer["release"]["image_digest"], answer["release"]["tag"]) == (DIGEST, "4f0c2d1")
    assert names(answer) == ["dev", "prod"]
    assert history()[0].facts["is_manual"] is True


def test_a_digest_needs_no_tag() -> None:
    upload()
    release = start(digest=DIGEST)["release"]
    assert (release["image_digest"], release["tag"]) == (DIGEST, None)


def test_with_both_the_digest_counts_and_the_tag_is_a_name(workloads: Workloads) -> None:
    upload()
    workloads.images.push("cowsay", "another", "sha256:" + "c" * 64)
    release = start(digest=DIGEST, tag="another")["release"]
    assert (release["image_digest"], release["tag"]) == (DIGEST, "another")


def test_a_person_may_promote_what_a_push_would_not(workloads: Workloads) -> None:
    upload()
    workloads.images.push("cowsay", "latest", DIGEST)
    assert start(tag="latest")["release"]["tag"] == "latest"


@pytest.mark.parametrize("asked", [["prod"], ["dev", "prod"], ["prod", "dev"]])
def test_some_of_the_environments_can_be_named_and_the_manifest_keeps_their_order(asked: list[str]) -> None:
    upload()
    assert names(start(tag="4f0c2d1", environments=asked)) == sorted(asked)
    assert history()[0].facts["environments"] == sorted(asked)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"tag": "4f0c2d1", "environments": ["prd"]}, "prd.*dev, prod"),
        ({"tag": "4f0c2d1", "environments": []}, "environments"),
        ({}, "input: .*give a tag or a digest"),
        ({"tag": ""}, "input: .*give a tag or a digest"),
        ({"digest": "4f0c2d1"}, "digest: String should match pattern"),
        ({"tag": "4f0c2d1", "enviroments": ["prod"]}, "enviroments: Extra inputs are not permitted"),
        ({"tag": "4f0c2d1", "repository": None}, "repository: Input should be a valid string"),
        ({"tag": "4f0c2d1", "started_by": ""}, "started_by: .*give a mail address or a user name"),
        ({"tag": "4f0c2d1", "started_by": "  "}, "started_by: .*give a mail address or a user name"),
        ({"tag": "4f0c2d1", "started_by": "bob\nalice"}, "started_by: .*in printable characters"),
        ({"tag": "4f0c2d1", "started_by": "b" * 255}, "started_by: String should have at most 254"),
        (
            {"tag": "4f0c2d1", "release_from_quarantine": "because"},
            "release_from_quarantine: String should have at least 10",
        ),
        (
            {"tag": "4f0c2d1", "release_from_quarantine": f"because{' ' * 10}"},
            "release_from_quarantine: String should have at least 10",
        ),
        (
            {"tag": "4f0c2d1", "release_from_quarantine": "because " * 63},
            "release_from_quarantine: String should have at most 500",
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
    with pytest.raises(ManifestError, match=r"the manifest bucket has no services/cowsya\.yaml"):
        start(repository="cowsya", tag="4f0c2d1")


def test_a_tag_that_nobody_pushed_is_an_error() -> None:
    upload()
    with pytest.raises(ArtifactNotFoundError, match="abcdef1"):
        start(tag="abcdef1")


def test_what_was_promoted_already_is_promoted_again_and_the_claim_is_taken_over(announced: Said) -> None:
    revision = upload()
    invoke(resolve_release.handler, payload("ResolveRelease", event=push(), execution=PROMOTION))
    assert names(start(ANOTHER, tag="4f0c2d1")) == ["dev", "prod"]
    assert [event["detail"]["execution"] for event in announced()] == [PROMOTION, ANOTHER]
    third = ReleaseClaim(Release("cowsay", DIGEST, revision), f"{PROMOTION}-third", "2026")
    earlier = ReleaseClaims.from_env().claim(third)
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
    found = Quarantines.from_env().last("cowsay", DIGEST)
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


def test_who_releases_it_need_not_be_known_where_nobody_is_asked() -> None:
    upload()
    record_quarantine(DIGEST)
    without_a_starter(environments=["dev"], release_from_quarantine=WHY)
    assert quarantine().released == QuarantineRelease(ENTERED_AT, WHY, PROMOTION, None)


def test_a_release_of_what_is_not_in_quarantine_is_told_by_the_history_alone() -> None:
    upload()
    start(tag="4f0c2d1", release_from_quarantine=WHY)
    assert Quarantines.from_env().last("cowsay", DIGEST) is None
    assert history()[0].facts["released_from_quarantine"] == WHY


def test_only_who_starts_a_promotion_by_hand_releases_anything() -> None:
    upload()
    record_quarantine(DIGEST)
    event = push() | {"release_from_quarantine": WHY}
    event["detail"]["release_from_quarantine"] = WHY
    invoke(resolve_release.handler, payload("ResolveRelease", event=event, execution=PROMOTION))
    assert quarantine().is_active


def test_without_saying_why_the_quarantine_stays() -> None:
    upload()
    record_quarantine(DIGEST)
    start(tag="4f0c2d1")
    assert Quarantines.from_env().get("cowsay", DIGEST)
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


def test_who_started_it_is_recorded_announced_and_handed_on(workloads: Workloads, announced: Said) -> None:
    upload()
    workloads.images.pushed_by = "alice"
    origin = start(tag="4f0c2d1")["origin"]
    assert origin == {"is_manual": True, "pushed_by": "alice", "started_by": SOMEBODY, "tags": ["4f0c2d1"]}
    assert origin.items() <= history()[0].facts.items()
    (event,) = announced()
    assert origin.items() <= event["detail"].items()


def test_nobody_starts_unnamed_what_they_must_not_approve_themselves(items: Said, announced: Said) -> None:
    upload()
    with pytest.raises(InvalidRequestError) as refused:
        without_a_starter()
    assert str(refused.value) == (
        'say who starts it: "started_by": "you@example.com"; the manifest says self_approval: false for prod, so '
        "whoever starts it cannot approve it there"
    )
    assert items() == []
    assert announced() == []


def test_where_nobody_is_asked_nobody_needs_to_say_who_starts_it() -> None:
    upload()
    answer = without_a_starter(environments=["dev"])
    assert (names(answer), answer["origin"]["started_by"]) == (["dev"], None)


def test_where_people_may_approve_their_own_nobody_needs_to_say_who_starts_it() -> None:
    upload(MANIFEST.replace("expires_after: 72h", "expires_after: 72h, self_approval: true"))
    assert names(without_a_starter()) == ["dev", "prod"]
