from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.approval import Answer, Approval, Decision, Outcome
from gantry.promotion.approval_facts import differences, sections, shown
from gantry.promotion.approval_html import RELEASED
from gantry.promotion.configuration import Configuration
from gantry.promotion.difference import settings
from gantry.promotion.ledger import Live, LiveRevision
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.promotion.release import Release
from gantry.promotion.target import Target

NOW = "2026-11-22T10:30:00.000Z"
OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64
ROLE = "arn:aws:iam::444444444444:role/cowsay"
HERE = Target("444444444444", "us-east-1", "cowsay", "live")
THERE = Target("444444444444", "eu-west-1", "cowsay", "live")
DEV = Target("222222222222", "us-east-1", "cowsay", "live")
KNOWN = {"memory_mb": "256", "environment.LOG_LEVEL": "DEBUG"}
OPS, LEAD = "ops@example.com", "lead@example.com"
RELEASE = Release("cowsay", NEW, "revision-2", "4f0c2d1")
QUARANTINE = Quarantine(
    "cowsay", NEW, "2026-11-21T09:00:00.000Z", "rolled back in prod: errors went off", "arn:deployment"
)
FREED = QuarantineRelease("2026-11-22T07:45:00.000Z", "it was the load test", "arn:another", "bob@example.com")
HOSTILE = "<script>alert('x')</script>\"&\N{RIGHT-TO-LEFT OVERRIDE}"

Rows = list[tuple[str, str]]


def approval(
    *targets: Target, settings: Mapping[str, str] | None = None, quorum: int = 1, people: tuple[str, ...] = (OPS,)
) -> Approval:
    return Approval(
        id="one",
        environment="prod",
        release=RELEASE,
        origin=PromotionOrigin(False, "alice@example.com", tags=("4f0c2d1", "v1.2.0")),
        policy=ApprovalPolicy(people, expires_after_seconds=259_200, quorum=quorum, escalate_to=("head@example.com",)),
        targets=targets or (HERE,),
        settings={} if settings is None else settings,
        alarms=("cowsay-errors", "cowsay-latency"),
        firing=(),
        execution="arn:one",
        started_at="2026-11-22T08:00:00.000Z",
        requested_at="2026-11-22T09:00:00.000Z",
        expires_at="2026-11-25T09:00:00.000Z",
    )


def version(number: int, **known: Any) -> LiveRevision:
    facts: dict[str, Any] = {"tag": "3e1b9aa", "manifest_revision": "revision-1", "configuration": KNOWN} | known
    return LiveRevision(
        str(number), facts.pop("image_digest", OLD), facts.pop("since", "2026-11-20T09:00:00Z"), **facts
    )


def live(current: LiveRevision, *lineage: LiveRevision, target: Target = HERE, environment: str = "prod") -> Live:
    return Live("cowsay", environment, target, current, lineage)


def told(asked: Approval, *lives: Live, title: str, now: str = NOW) -> Rows:
    """The rows under a title."""
    return [row for section in sections(asked, lives, now) if section.title == title for row in section.rows]


def what_changes(asked: Approval, *lives: Live) -> Rows:
    return told(asked, *lives, title="What changes")


def fared(*lives: Live) -> Rows:
    return told(approval(), *lives, title="How it did so far")


def answer(approver: str, decision: Decision, reason: str | None = None) -> Answer:
    return Answer(approver, decision, "2026-11-22T10:00:00.000Z", approver, "192.0.2.1", "", reason=reason)


def test_everything_is_told_in_this_order() -> None:
    titles = [section.title for section in sections(approval(), [], NOW)]
    assert titles == [
        "The release",
        "Live there now",
        "What changes",
        "How it did so far",
        "Alarms",
        "The answer",
    ]


@pytest.mark.parametrize(
    ("tags", "tag", "expected"),
    [
        (("4f0c2d1", "v1.2.0"), "4f0c2d1", "4f0c2d1, v1.2.0"),
        ((), "4f0c2d1", "4f0c2d1"),
        ((), None, "none"),
    ],
)
def test_the_release_is_told_with_all_that_identifies_it(tags: tuple[str, ...], tag: str | None, expected: str) -> None:
    asked = replace(
        approval(), release=replace(RELEASE, tag=tag), origin=PromotionOrigin(False, "alice@example.com", tags=tags)
    )
    assert told(asked, title="The release") == [
        ("Service", "cowsay"),
        ("Environment", "prod"),
        ("Tags", expected),
        ("Digest", NEW),
        ("Manifest revision", "revision-2"),
        ("Started by", "a push to ECR by alice@example.com"),
    ]


def release_told(quarantine: Quarantine | None, asked: Approval | None = None) -> Rows:
    found = sections(asked or approval(), [], NOW, quarantine)
    return [row for section in found if section.title == RELEASED for row in section.rows]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, "at 2026-11-22 07:45 UTC by bob@example.com, to start another promotion"),
        ({"execution": "arn:one"}, "at 2026-11-22 07:45 UTC by bob@example.com, to start this promotion"),
        ({"by": None}, "at 2026-11-22 07:45 UTC by somebody who did not say who, to start another promotion"),
    ],
)
def test_a_release_from_quarantine_is_told_first(known: dict[str, Any], words: str) -> None:
    quarantine = replace(QUARANTINE, released=replace(FREED, **known))
    assert sections(approval(), [], NOW, quarantine)[0].title == RELEASED
    assert release_told(quarantine) == [
        ("Was in quarantine", "since 2026-11-21 09:00 UTC: rolled back in prod: errors went off"),
        ("QuarantineRelease", words),
        ("Because", "it was the load test"),
    ]


@pytest.mark.parametrize("quarantine", [None, QUARANTINE])
def test_without_a_release_from_quarantine_there_is_nothing_to_tell_of_it(quarantine: Quarantine | None) -> None:
    assert release_told(quarantine) == []
    assert shown(approval(), [], quarantine)["released_from_quarantine"] is None


def test_once_it_has_ended_a_release_from_quarantine_is_not_told_any_more() -> None:
    decided = approval().answered(answer(OPS, "approved"))
    assert release_told(replace(QUARANTINE, released=FREED), decided) == []


@given(st.text(min_size=1, max_size=2000) | st.just(HOSTILE))
def test_why_it_was_in_quarantine_and_why_it_was_released_is_told_as_it_is_and_not_at_any_length(text: str) -> None:
    rows = dict(release_told(replace(QUARANTINE, reason=text, released=replace(FREED, by=text, reason=text))))
    assert rows["Because"] == text
    assert rows["QuarantineRelease"] == f"at 2026-11-22 07:45 UTC by {text}, to start another promotion"
    told = rows["Was in quarantine"].removeprefix("since 2026-11-21 09:00 UTC: ")
    assert told == (text if len(text) <= 500 else text[:499] + "…")


def test_a_decision_keeps_the_release_from_quarantine_that_it_was_about() -> None:
    quarantine = replace(QUARANTINE, reason="x" * 30_000, released=FREED)
    assert shown(approval(), [], quarantine)["released_from_quarantine"] == {
        "since": QUARANTINE.since,
        "reason": "x" * 499 + "…",
        "released": asdict(FREED),
    }


@pytest.mark.parametrize(
    "after",
    [
        None,
        QUARANTINE,
        replace(QUARANTINE, since=NOW, released=FREED),
        replace(QUARANTINE, reason="rolled back by hand in prod", released=FREED),
        replace(QUARANTINE, released=replace(FREED, reason="somebody else says so")),
    ],
)
def test_what_a_decision_is_about_changes_with_a_release_from_quarantine(after: Quarantine | None) -> None:
    assert shown(approval(), [], after) != shown(approval(), [], replace(QUARANTINE, released=FREED))


def test_what_is_live_is_told_by_target_and_since_when() -> None:
    lives = [live(version(7)), live(version(3), target=DEV, environment="dev")]
    assert told(approval(HERE, THERE), *lives, title="Live there now") == [
        (HERE.id, "version 7 (3e1b9aa), since 2026-11-20 09:00 UTC (2 days 1 hour)"),
        (THERE.id, "nothing that Gantry has released"),
    ]


def test_a_first_deployment_sets_everything() -> None:
    given_settings = {"memory_mb": "512", "environment.LOG_LEVEL": "INFO"}
    assert what_changes(approval(replace(HERE, role=ROLE), settings=given_settings)) == [
        ("image", "4f0c2d1"),
        ("environment.LOG_LEVEL", "INFO"),
        ("memory_mb", "512"),
        ("role", ROLE),
    ]


def test_a_first_deployment_without_any_setting_says_so() -> None:
    assert what_changes(approval()) == [("image", "4f0c2d1"), ("configuration", "none is set")]


def test_what_is_live_in_another_environment_is_not_live_here() -> None:
    elsewhere = live(version(7), environment="staging")
    assert what_changes(approval(), elsewhere) == what_changes(approval())


def test_keys_are_told_as_added_changed_and_removed() -> None:
    asked = approval(replace(HERE, role=ROLE), settings={"memory_mb": "512", "environment.TO_SAY": "Hello"})
    assert what_changes(asked, live(version(7))) == [
        ("image", "3e1b9aa → 4f0c2d1"),
        ("environment.LOG_LEVEL", "DEBUG → (not set)"),
        ("environment.TO_SAY", "(not set) → Hello"),
        ("memory_mb", "256 → 512"),
        ("role", f"(not set) → {ROLE}"),
    ]


def test_settings_that_stay_are_not_told() -> None:
    assert what_changes(approval(settings=KNOWN), live(version(7))) == [
        ("image", "3e1b9aa → 4f0c2d1"),
        ("configuration", "as now"),
    ]


def test_where_the_configuration_is_not_on_record_all_that_is_set_is_listed_and_nothing_claimed_about_before() -> None:
    unknown = live(version(7, configuration=None))
    assert what_changes(approval(settings={"memory_mb": "512"}), unknown) == [
        ("image", "3e1b9aa → 4f0c2d1"),
        ("memory_mb", "512"),
        ("", "The configuration of what is live is not on record, so all that the release sets is listed."),
    ]
    assert what_changes(approval(), unknown) == [("image", "3e1b9aa → 4f0c2d1"), ("configuration", "as now")]


def test_a_configuration_that_is_known_to_be_empty_is_not_an_unknown_one() -> None:
    assert what_changes(approval(settings={"memory_mb": "512"}), live(version(7, configuration={}))) == [
        ("image", "3e1b9aa → 4f0c2d1"),
        ("memory_mb", "(not set) → 512"),
    ]


def test_a_secret_that_changes_is_told_and_not_shown() -> None:
    before, after = (settings(Configuration(environment={"API_TOKEN": each})) for each in ("hunter2", "hunter3"))
    rows = what_changes(approval(settings=after), live(version(7, configuration=before)))
    assert rows[1] == ("environment.API_TOKEN", "•••••• #13f6 → •••••• #fb60")


def test_a_long_value_is_told_cut_with_a_mark_that_tells_it_apart() -> None:
    before, after = (settings(Configuration(environment={"TO_SAY": "moo " * 100 + end})) for end in ("one", "two"))
    _, (key, change) = what_changes(approval(settings=after), live(version(7, configuration=before)))
    assert key == "environment.TO_SAY"
    assert len(change) < 450
    one, other = change.split(" → ")
    assert one != other


@pytest.mark.parametrize(
    ("tag", "digest", "new_tag", "image"),
    [
        ("3e1b9aa", OLD, "4f0c2d1", "3e1b9aa → 4f0c2d1"),
        ("4f0c2d1", NEW, "4f0c2d1", "4f0c2d1, as now"),
        ("4f0c2d1", OLD, "4f0c2d1", "4f0c2d1 → 4f0c2d1, another image under the same tag"),
        ("3e1b9aa", NEW, "4f0c2d1", "3e1b9aa → 4f0c2d1, which is the same image"),
        (None, OLD, "4f0c2d1", f"{OLD} → 4f0c2d1"),
        ("3e1b9aa", OLD, None, f"3e1b9aa → {NEW}"),
        (None, NEW, None, f"{NEW}, as now"),
    ],
)
def test_whether_the_image_changes_is_told_by_its_digest_and_not_by_its_tag(
    tag: str | None, digest: str, new_tag: str | None, image: str
) -> None:
    asked = replace(approval(), release=replace(RELEASE, tag=new_tag))
    assert what_changes(asked, live(version(7, tag=tag, image_digest=digest)))[0] == ("image", image)


def test_targets_with_the_same_changes_are_told_together_whatever_number_their_versions_have() -> None:
    asked = approval(HERE, THERE)
    assert what_changes(asked, live(version(7)), live(version(12), target=THERE)) == [
        ("image", "3e1b9aa → 4f0c2d1"),
        ("configuration", "as now"),
    ]


@pytest.mark.parametrize(
    ("there", "image"),
    [
        (version(7, tag="2d0a8ff"), "2d0a8ff → 4f0c2d1"),
        (version(7, image_digest=NEW), "3e1b9aa → 4f0c2d1, which is the same image"),
        (None, "4f0c2d1"),
    ],
)
def test_targets_with_other_changes_are_told_apart(there: LiveRevision | None, image: str) -> None:
    lives = [live(version(7)), *([live(there, target=THERE)] if there else [])]
    assert what_changes(approval(HERE, THERE), *lives) == [
        ("on", HERE.id),
        ("image", "3e1b9aa → 4f0c2d1"),
        ("configuration", "as now"),
        ("on", THERE.id),
        ("image", image),
        ("configuration", "as now" if there else "none is set"),
    ]


def test_of_three_targets_those_that_are_alike_are_told_together() -> None:
    third = replace(HERE, function="cowsay-partners")
    lives = [live(version(7)), live(version(2, configuration={"memory_mb": "128"}), target=THERE)]
    rows = what_changes(
        approval(HERE, THERE, third, settings={"memory_mb": "256"}), *lives, live(version(9), target=third)
    )
    assert [value for label, value in rows if label == "on"] == [f"{HERE.id}, {third.id}", THERE.id]
    assert ("memory_mb", "128 → 256") in rows


def test_what_is_on_record_for_one_target_only_is_told_apart() -> None:
    lives = [live(version(7, configuration={})), live(version(7, configuration=None), target=THERE)]
    found = differences(approval(HERE, THERE, settings={"memory_mb": "512"}), lives)
    assert [(each.targets, each.is_known) for each in found] == [((HERE.id,), True), ((THERE.id,), False)]


def test_each_targets_own_role_is_a_difference() -> None:
    found = differences(approval(replace(HERE, role=ROLE), THERE), [live(version(7)), live(version(7), target=THERE)])
    assert [each.targets for each in found] == [(HERE.id,), (THERE.id,)]


def test_a_decision_keeps_what_it_was_about() -> None:
    lives = [live(version(7)), live(version(9), target=THERE)]
    assert shown(approval(HERE, THERE, settings={"memory_mb": "512"}), lives) == {
        "image_digest": NEW,
        "tag": "4f0c2d1",
        "manifest_revision": "revision-2",
        "differences": [
            {
                "targets": [HERE.id, THERE.id],
                "live": ["version 7 (3e1b9aa)", "version 9 (3e1b9aa)"],
                "changes": [["memory_mb", "256", "512"]],
            }
        ],
        "released_from_quarantine": None,
    }


@pytest.mark.parametrize(
    "after",
    [
        [],
        [live(version(8))],
        [live(version(7, tag="2d0a8ff"))],
        [live(version(7, configuration={"memory_mb": "128"}))],
    ],
)
def test_what_a_decision_is_about_changes_with_what_is_live(after: list[Live]) -> None:
    asked = approval(settings={"memory_mb": "512"})
    assert shown(asked, after) != shown(asked, [live(version(7))])


def test_what_a_decision_is_about_does_not_change_with_time_answers_and_other_environments() -> None:
    asked, elsewhere = approval(), live(version(7), environment="staging")
    later = replace(asked, is_reminded=True).not_delivered(LEAD, "550", NOW)
    assert shown(asked, [live(version(7))]) == shown(later, [elsewhere, live(version(7))])


def step(weight: int, requests: int | None) -> dict[str, Any]:
    counted = {} if requests is None else {"invocations": requests, "minimum_requests": 1, "alarms": []}
    return {"step": 1, "weight": weight, "verdict": "healthy", "reasons": [], "evidence": counted}


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (None, "no verdict on record"),
        ((), "all traffic at once, so not judged"),
        ((step(20, 120),), "healthy at 20 % (120 requests)"),
        ((step(5, 1), step(50, 0)), "healthy at 5 % (1 request), healthy at 50 % (0 requests)"),
        (({"weight": 20, "verdict": "healthy", "invocations": 120},), "healthy at 20 % (120 requests)"),
        ((step(20, None),), "healthy at 20 %"),
    ],
)
def test_how_the_release_did_elsewhere_is_told_with_verdicts_and_numbers(
    evidence: tuple[Mapping[str, Any], ...] | None, words: str
) -> None:
    there = version(3, image_digest=NEW, tag="4f0c2d1", manifest_revision="revision-2", evidence=evidence)
    assert fared(live(there, target=DEV, environment="dev")) == [
        (f"dev, {DEV.id}", f"version 3 (4f0c2d1), since 2026-11-20 09:00 UTC (2 days 1 hour): {words}")
    ]


IT = version(3, image_digest=NEW, tag="4f0c2d1", manifest_revision="revision-2", evidence=(step(20, 120),))
ITS_IMAGE = replace(IT, version="4", manifest_revision="revision-3", since="2026-11-21T09:00:00Z", evidence=())
NEWER = version(5, tag="5e1a77b", since="2026-11-22T09:00:00Z")
NEWEST = version(6, tag="6d0b3aa", since="2026-11-22T10:00:00Z")
WAS_IT = "version 3 (4f0c2d1), since 2026-11-20 09:00 UTC: healthy at 20 % (120 requests); replaced by "


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ([NEWER, IT], WAS_IT + "version 5 (5e1a77b), live since 2026-11-22 09:00 UTC"),
        ([NEWEST, NEWER, IT], WAS_IT + "version 5 (5e1a77b), live since 2026-11-22 09:00 UTC"),
        ([ITS_IMAGE, IT], WAS_IT + "version 4 (4f0c2d1), live since 2026-11-21 09:00 UTC"),
        (
            [ITS_IMAGE],
            "version 4 (4f0c2d1) with another manifest revision, since 2026-11-21 09:00 UTC (1 day 1 hour): all "
            "traffic at once, so not judged",
        ),
        (
            [NEWER, ITS_IMAGE],
            "version 4 (4f0c2d1) with another manifest revision, since 2026-11-21 09:00 UTC: all traffic at once, so "
            "not judged; replaced by version 5 (5e1a77b), live since 2026-11-22 09:00 UTC",
        ),
    ],
)
def test_a_release_that_was_replaced_is_told_with_what_took_its_place(versions: list[LiveRevision], words: str) -> None:
    assert fared(live(*versions, target=DEV, environment="dev")) == [(f"dev, {DEV.id}", words)]


def test_environments_are_told_in_the_order_in_which_it_came_there() -> None:
    later = replace(IT, since="2026-11-21T09:00:00Z")
    rows = fared(live(later, target=THERE, environment="staging"), live(IT, target=DEV, environment="dev"))
    assert [label for label, _ in rows] == [f"dev, {DEV.id}", f"staging, {THERE.id}"]


@pytest.mark.parametrize(
    "lives", [(), (live(NEWER, target=DEV, environment="dev"),), (live(IT), live(NEWER, target=DEV, environment="dev"))]
)
def test_a_release_that_no_other_environment_had_is_told_as_such(lives: tuple[Live, ...]) -> None:
    assert fared(*lives) == [("", "There is no record of it in any other environment.")]


@pytest.mark.parametrize(
    ("alarms", "firing", "rows"),
    [
        ((), (), [("", "The manifest names none for prod, so that none can stop a bad release.")]),
        (
            ("errors", "latency"),
            (),
            [("Watching", "errors, latency"), ("Firing", "none, when this was asked, at 2026-11-22 09:00 UTC")],
        ),
        (
            ("errors", "latency"),
            ("errors in 444444444444/us-east-1", "errors in 444444444444/eu-west-1"),
            [
                ("Watching", "errors, latency"),
                (
                    "Firing already",
                    "errors in 444444444444/us-east-1, when this was asked, at 2026-11-22 09:00 UTC",
                ),
                (
                    "Firing already",
                    "errors in 444444444444/eu-west-1, when this was asked, at 2026-11-22 09:00 UTC",
                ),
            ],
        ),
    ],
)
def test_alarms_that_fire_already_are_told(alarms: tuple[str, ...], firing: tuple[str, ...], rows: Rows) -> None:
    assert told(replace(approval(), alarms=alarms, firing=firing), title="Alarms") == rows


@pytest.mark.parametrize(
    ("quorum", "people", "words"),
    [
        (1, (OPS,), "approval by ops@example.com; one rejection ends it"),
        (1, (OPS, LEAD), "approval by any one of 2 approvers; one rejection ends it"),
        (2, (OPS, LEAD), "approval by both approvers; one rejection ends it"),
        (2, (OPS, LEAD, "c@example.com"), "approval by any 2 of 3 approvers; one rejection ends it"),
        (3, (OPS, LEAD, "c@example.com"), "approval by all 3 approvers; one rejection ends it"),
    ],
)
def test_how_many_have_to_approve_is_told_in_words(quorum: int, people: tuple[str, ...], words: str) -> None:
    assert told(approval(quorum=quorum, people=people), title="The answer") == [
        ("Needed", words),
        ("Until", "2026-11-25 09:00 UTC (in 2 days 22 hours)"),
        ("After that", "it counts as rejected, and prod keeps what it has"),
    ]


def test_after_an_escalation_the_others_count_too() -> None:
    asked = approval(quorum=2, people=(OPS, LEAD)).escalated()
    assert told(asked, title="The answer")[0][1] == "approval by any 2 of 3 approvers; one rejection ends it"


def test_answers_and_people_who_could_not_be_reached_are_told() -> None:
    asked = approval(quorum=2, people=(OPS, LEAD, "c@example.com")).not_delivered(LEAD, "550 no such user", NOW)
    asked = asked.answered(answer(OPS, "approved", "looks good"))
    assert told(asked, title="The answer")[3:] == [
        (OPS, "approved at 2026-11-22 10:00 UTC: looks good"),
        (LEAD, "could not be reached: 550 no such user"),
    ]


def test_who_answered_after_all_is_not_told_as_unreached() -> None:
    asked = approval(quorum=2, people=(OPS, LEAD)).not_delivered(LEAD, "550", NOW).answered(answer(LEAD, "approved"))
    assert told(asked, title="The answer")[3:] == [(LEAD, "approved at 2026-11-22 10:00 UTC")]


@pytest.mark.parametrize(
    ("outcome", "ended"),
    [
        ("superseded", "superseded at 2026-11-22 10:15 UTC"),
        ("undeliverable", "undeliverable at 2026-11-22 10:15 UTC"),
        ("expired", "expired at 2026-11-22 10:15 UTC"),
    ],
)
def test_when_it_has_ended_nothing_is_waited_for(outcome: Outcome, ended: str) -> None:
    asked = approval().ended(outcome, "2026-11-22T10:15:00.000Z", "cowsay 5e1a77b")
    assert told(asked, title="The answer") == [
        ("Needed", "approval by ops@example.com; one rejection ends it"),
        ("Ended", ended),
    ]


def test_with_the_decision_it_has_ended() -> None:
    asked = approval().answered(answer(OPS, "rejected", "not on a Friday"))
    assert told(asked, title="The answer")[1:] == [
        ("Ended", "rejected at 2026-11-22 10:00 UTC"),
        (OPS, "rejected at 2026-11-22 10:00 UTC: not on a Friday"),
    ]


def test_an_approval_is_told_as_expired_before_the_machine_has_noticed() -> None:
    rows = told(approval(), title="The answer", now="2026-11-25T09:00:00.000Z")
    assert rows[1:] == [("Ended", "expired at 2026-11-25 09:00 UTC")]


@given(st.text(min_size=1) | st.just(HOSTILE))
def test_text_from_outside_is_told_as_it_is(text: str) -> None:
    asked = replace(
        approval(settings={"environment.TO_SAY": text}, quorum=2),
        release=replace(RELEASE, tag=text),
        origin=PromotionOrigin(False, text, tags=(text,)),
        alarms=(text,),
        firing=(text,),
    ).answered(answer(OPS, "approved", text))
    rows = [row for section in sections(asked, [live(version(7))], NOW) for row in section.rows]
    for expected in [
        ("Tags", text),
        ("Started by", f"a push to ECR by {text}"),
        ("image", f"3e1b9aa → {text}"),
        ("environment.TO_SAY", f"(not set) → {text}"),
        ("Watching", text),
        ("Firing already", f"{text}, when this was asked, at 2026-11-22 09:00 UTC"),
        (OPS, f"approved at 2026-11-22 10:00 UTC: {text}"),
    ]:
        assert expected in rows


def test_once_it_has_ended_nothing_is_compared_with_what_is_live_by_now() -> None:
    decided = approval().answered(answer(OPS, "approved", "fine"))
    titles = [section.title for section in sections(decided, [live(version(7))], NOW)]
    assert titles == ["The release", "Live there now", "The answer"]


def test_a_value_with_an_arrow_of_its_own_does_not_pass_for_before_and_after() -> None:
    told = sections(approval(settings={"environment.MODE": "off → on"}), [], NOW)
    (row,) = [row for section in told for row in section.rows if row[0] == "environment.MODE"]
    assert row[1] == "(not set) → off → on"
