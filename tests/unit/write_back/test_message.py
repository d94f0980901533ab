"""What a commit says, and which release it is about."""

from dataclasses import replace

import pytest

from gantry.promotion.source import Source
from gantry.promotion.write_back.errors import WrittenFileError
from gantry.promotion.write_back.live_facts import facts_of, newest_of, went_back
from gantry.promotion.write_back.message import WrittenRelease, message_of
from gantry.promotion.write_back.settings import WrittenFile
from tests.unit.handlers.payloads import OTHER_TARGET
from tests.unit.handlers.records import digest_of, live

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:one"
RELEASE = WrittenRelease("cowsay", "prod", digest_of(2), "4f0c2d1", ("ops@example.com", "lead@example.com"), EXECUTION)
SOURCE = Source("https://github.com/acme/cowsay", "4f0c2d1")


def test_a_commit_says_what_is_live_who_approved_it_and_where_to_look() -> None:
    message = message_of(replace(RELEASE, source=SOURCE, before=replace(SOURCE, revision="1234567")))
    assert message.headline == "cowsay in prod: 4f0c2d1"
    assert message.body.splitlines() == [
        "Environment: prod",
        "Tag: 4f0c2d1",
        f"Digest: {digest_of(2)}",
        "Approved by: ops@example.com, lead@example.com",
        "Execution: https://console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/" + EXECUTION,
        "Commit: https://github.com/acme/cowsay/commit/4f0c2d1",
        "Changes: https://github.com/acme/cowsay/compare/1234567...4f0c2d1",
        "",
        f"Gantry-Execution: {EXECUTION}",
    ]


def test_a_rollback_says_that_it_is_one() -> None:
    assert message_of(replace(RELEASE, went_back=True)).headline == "cowsay in prod: back to 4f0c2d1"


def test_what_is_not_known_is_said_so() -> None:
    message = message_of(replace(RELEASE, tag=None, approvers=()))
    assert message.headline == "cowsay in prod: 000000000000"
    assert "Tag: none that is known" in message.body
    assert "Approved by: no approval is recorded" in message.body
    assert "Commit:" not in message.body


def test_targets_with_one_release_have_its_newest_tag() -> None:
    older, newer = live(2), live(2, target=OTHER_TARGET, since="2026-11-21T08:00:00.000Z")
    assert newest_of([older, newer]) == newer
    assert newest_of([newer, older]) == newer


def test_an_environment_between_two_releases_has_none() -> None:
    assert newest_of([live(2, 1), live(1, target=OTHER_TARGET)]) is None
    assert newest_of([]) is None


def test_a_file_that_wants_the_tag_of_a_release_without_one_is_refused() -> None:
    nameless = live(2)
    nameless = replace(nameless, current=replace(nameless.current, tag=None))
    digests, tags = (WrittenFile("prod", "a.yaml", "yaml", {"a": each}) for each in ("digest", "tag"))
    assert facts_of(nameless, [digests]) == {"digest": digest_of(2)}
    with pytest.raises(
        WrittenFileError, match=r"^a.yaml: a should get the tag, and sha256:0+2 has none .*; promote it by"
    ):
        facts_of(nameless, [digests, tags])


def test_only_what_was_live_before_something_newer_went_back() -> None:
    assert not went_back(live(2, 1))
    assert went_back(replace(live(1), sequence=2))
