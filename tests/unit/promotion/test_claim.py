from dataclasses import replace

import pytest

from gantry.promotion.claim import NewestStart, ReleaseClaim, is_live_everywhere, is_overtaken
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from tests.unit.handlers.payloads import OTHER_TARGET, RELEASE, TARGET, environment

AT = "2026-11-22T12:00:00.000Z"
DEV = environment(name="dev")
PROD = environment(targets=(TARGET, OTHER_TARGET))
CURRENT = LiveRevision("8", RELEASE.digest, AT, RELEASE.tag, RELEASE.manifest_revision)


def live(name: str, target: Target = TARGET, current: LiveRevision = CURRENT) -> Live:
    return Live("cowsay", name, target, current)


EVERYWHERE = [live("dev"), live("prod"), live("prod", OTHER_TARGET)]


def test_a_release_is_live_everywhere_when_every_target_of_every_environment_has_it() -> None:
    assert is_live_everywhere(RELEASE, [DEV, PROD], EVERYWHERE)


@pytest.mark.parametrize(
    "lives",
    [
        [],
        EVERYWHERE[1:],
        EVERYWHERE[:2],
        [live("staging"), *EVERYWHERE[1:]],
        [live("dev", current=replace(CURRENT, digest="sha256:" + "b" * 64)), *EVERYWHERE[1:]],
        [live("dev", current=replace(CURRENT, manifest_revision="revision-1")), *EVERYWHERE[1:]],
        [live("dev", current=replace(CURRENT, manifest_revision=None)), *EVERYWHERE[1:]],
    ],
)
def test_it_is_not_when_one_target_has_something_else_or_another_configuration(lives: list[Live]) -> None:
    assert not is_live_everywhere(RELEASE, [DEV, PROD], lives)


def test_what_is_live_in_other_environments_too_does_not_matter() -> None:
    assert is_live_everywhere(RELEASE, [DEV], [*EVERYWHERE, live("prod", current=replace(CURRENT, revision="9"))])


@pytest.mark.parametrize(
    ("wanted", "covers"), [(["dev"], True), (["prod", "dev"], True), (["dev", "prod", "qa"], False), (["qa"], False)]
)
def test_a_claim_covers_the_environments_that_its_promotion_is_for(wanted: list[str], covers: bool) -> None:
    assert ReleaseClaim(RELEASE, "arn:one", AT, ("dev", "prod")).covers(wanted) is covers


CLAIM = ReleaseClaim(RELEASE, "arn:one", AT)
EARLIER, LATER = "2026-11-22T11:59:59.999Z", "2026-11-22T12:00:00.001Z"
OTHERS = (
    replace(RELEASE, artifact=replace(RELEASE.artifact, digest="sha256:" + "b" * 64)),
    replace(RELEASE, manifest_revision="revision-3"),
)


@pytest.mark.parametrize("other", OTHERS, ids=["digest", "configuration"])
@pytest.mark.parametrize(("at", "overtaken"), [(EARLIER, False), (AT, True), (LATER, True)])
def test_a_claim_is_overtaken_by_the_start_of_another_digest_or_configuration(
    other: Release, at: str, *, overtaken: bool
) -> None:
    assert is_overtaken(CLAIM, NewestStart("cowsay", other.id, "arn:two", at)) is overtaken


def test_a_claim_is_not_overtaken_by_the_start_of_its_own_release() -> None:
    assert not is_overtaken(CLAIM, NewestStart("cowsay", replace(RELEASE, tag="another").id, "arn:one", LATER))
