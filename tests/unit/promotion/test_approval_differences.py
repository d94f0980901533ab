import re
from dataclasses import replace

import pytest

from gantry.promotion.approval import Approval
from gantry.promotion.approval_differences import differences
from gantry.promotion.approval_facts import snapshot
from gantry.promotion.fact_section import CHANGES
from gantry.promotion.live import Live, LiveRevision
from tests.unit.masked import MASKING
from tests.unit.promotion.an_approval import target
from tests.unit.promotion.facts import (
    HERE,
    KNOWN,
    LEAD,
    NEW,
    NOW,
    OLD,
    RELEASE,
    THERE,
    Rows,
    approval,
    live,
    revision,
    rows_of,
)

ROLE = "arn:aws:iam::444444444444:role/cowsay"
HERE_WITH_ROLE = target(role=ROLE)


def what_changes(asked: Approval, *lives: Live) -> Rows:
    return rows_of(asked, *lives, title=CHANGES)


def test_a_first_deployment_sets_everything() -> None:
    given_settings = {"memory_mb": "512", "environment.LOG_LEVEL": "INFO"}
    assert what_changes(approval(HERE_WITH_ROLE, settings=given_settings)) == [
        ("artifact", "4f0c2d1"),
        ("environment.LOG_LEVEL", "INFO"),
        ("memory_mb", "512"),
        ("role", ROLE),
    ]


def test_a_first_deployment_without_any_setting_says_so() -> None:
    assert what_changes(approval()) == [("artifact", "4f0c2d1"), ("configuration", "none is set")]


def test_what_is_live_in_another_environment_is_not_live_here() -> None:
    elsewhere = live(revision("7"), environment="staging")
    assert what_changes(approval(), elsewhere) == what_changes(approval())


def test_keys_can_be_added_changed_and_removed() -> None:
    asked = approval(HERE_WITH_ROLE, settings={"memory_mb": "512", "environment.TO_SAY": "Hello"})
    assert what_changes(asked, live(revision("7"))) == [
        ("artifact", "3e1b9aa → 4f0c2d1"),
        ("environment.LOG_LEVEL", "DEBUG → (not set)"),
        ("environment.TO_SAY", "(not set) → Hello"),
        ("memory_mb", "256 → 512"),
        ("role", f"(not set) → {ROLE}"),
    ]


def test_settings_that_stay_are_not_listed() -> None:
    assert what_changes(approval(settings=KNOWN), live(revision("7"))) == [
        ("artifact", "3e1b9aa → 4f0c2d1"),
        ("configuration", "as now"),
    ]


def test_where_the_live_configuration_is_unknown_every_setting_is_listed_without_a_before() -> None:
    unknown = live(revision("7", configuration=None))
    assert what_changes(approval(settings={"memory_mb": "512"}), unknown) == [
        ("artifact", "3e1b9aa → 4f0c2d1"),
        ("memory_mb", "512"),
        ("", "The live configuration is not on record, so everything that the release sets is listed."),
    ]
    assert what_changes(approval(), unknown) == [("artifact", "3e1b9aa → 4f0c2d1"), ("configuration", "as now")]


def test_an_empty_configuration_is_not_an_unknown_one() -> None:
    assert what_changes(approval(settings={"memory_mb": "512"}), live(revision("7", configuration={}))) == [
        ("artifact", "3e1b9aa → 4f0c2d1"),
        ("memory_mb", "(not set) → 512"),
    ]


def test_a_changed_secret_is_a_change_of_its_mask() -> None:
    before, after = ({"environment.API_TOKEN": MASKING.value("API_TOKEN", each)} for each in ("hunter2", "hunter3"))
    rows = what_changes(approval(settings=after), live(revision("7", configuration=before)))
    assert re.fullmatch(r"•{6} #[0-9a-f]{4} → •{6} #[0-9a-f]{4}", rows[1][1])


def test_a_secret_with_the_same_four_digits_has_changed_all_the_same() -> None:
    before, after = ({"environment.API_TOKEN": "#AAAA" + each * 18} for each in ("B", "C"))
    rows = what_changes(approval(settings=after), live(revision("7", configuration=before)))
    assert rows[1] == ("environment.API_TOKEN", "•••••• #0000 → •••••• #0000 (another value)")


def test_what_an_earlier_version_masked_is_not_called_the_same() -> None:
    settings = {"environment.API_TOKEN": MASKING.value("API_TOKEN", "hunter2")}
    known = live(revision("7", configuration={"environment.API_TOKEN": "•••••• #13f6"}))
    _, (_, change) = what_changes(approval(settings=settings), known)
    assert change.startswith("•••••• #13f6 → •••••• #")
    assert change.endswith("(masked by an earlier version, so perhaps the same value)")


def test_two_long_values_stay_different_when_they_are_shortened() -> None:
    before, after = ({"environment.TO_SAY": MASKING.value("TO_SAY", "moo " * 100 + end)} for end in ("one", "two"))
    _, (key, change) = what_changes(approval(settings=after), live(revision("7", configuration=before)))
    assert key == "environment.TO_SAY"
    assert len(change) < 450
    one, other = change.split(" → ")
    assert one != other


@pytest.mark.parametrize(
    ("tag", "digest", "new_tag", "artifact"),
    [
        ("3e1b9aa", OLD, "4f0c2d1", "3e1b9aa → 4f0c2d1"),
        ("4f0c2d1", NEW, "4f0c2d1", "4f0c2d1, as now"),
        ("4f0c2d1", OLD, "4f0c2d1", "4f0c2d1 → 4f0c2d1, another artifact under the same tag"),
        ("3e1b9aa", NEW, "4f0c2d1", "3e1b9aa → 4f0c2d1, which is the same artifact"),
        (None, OLD, "4f0c2d1", f"{OLD} → 4f0c2d1"),
        ("3e1b9aa", OLD, None, f"3e1b9aa → {NEW}"),
        (None, NEW, None, f"{NEW}, as now"),
    ],
)
def test_artifacts_are_compared_by_digest_and_not_by_tag(
    tag: str | None, digest: str, new_tag: str | None, artifact: str
) -> None:
    asked = replace(approval(), release=replace(RELEASE, tag=new_tag))
    assert what_changes(asked, live(revision("7", tag=tag, digest=digest)))[0] == ("artifact", artifact)


def test_targets_with_the_same_changes_share_a_section_whatever_their_revisions() -> None:
    asked = approval(HERE, THERE)
    assert what_changes(asked, live(revision("7")), live(revision("12"), target=THERE)) == [
        ("artifact", "3e1b9aa → 4f0c2d1"),
        ("configuration", "as now"),
    ]


@pytest.mark.parametrize(
    ("there", "artifact"),
    [
        (revision("7", tag="2d0a8ff"), "2d0a8ff → 4f0c2d1"),
        (revision("7", digest=NEW), "3e1b9aa → 4f0c2d1, which is the same artifact"),
        (None, "4f0c2d1"),
    ],
)
def test_targets_with_other_changes_have_sections_of_their_own(there: LiveRevision | None, artifact: str) -> None:
    lives = [live(revision("7")), *([live(there, target=THERE)] if there else [])]
    assert what_changes(approval(HERE, THERE), *lives) == [
        ("on", HERE.id),
        ("artifact", "3e1b9aa → 4f0c2d1"),
        ("configuration", "as now"),
        ("on", THERE.id),
        ("artifact", artifact),
        ("configuration", "as now" if there else "none is set"),
    ]


def test_of_three_targets_the_two_that_are_alike_share_a_section() -> None:
    third = target(name="cowsay-partners/live")
    lives = [live(revision("7")), live(revision("2", configuration={"memory_mb": "128"}), target=THERE)]
    rows = what_changes(
        approval(HERE, THERE, third, settings={"memory_mb": "256"}), *lives, live(revision("9"), target=third)
    )
    assert [value for label, value in rows if label == "on"] == [f"{HERE.id}, {third.id}", THERE.id]
    assert ("memory_mb", "128 → 256") in rows


def test_a_target_with_an_unknown_configuration_has_a_section_of_its_own() -> None:
    lives = [live(revision("7", configuration={})), live(revision("7", configuration=None), target=THERE)]
    found = differences(approval(HERE, THERE, settings={"memory_mb": "512"}), lives)
    assert [(each.targets, each.is_known) for each in found] == [((HERE.id,), True), ((THERE.id,), False)]


def test_a_target_is_compared_with_what_its_own_kind_is_given() -> None:
    service = replace(THERE, kind="service")
    settings = {"any": {"memory_mb": "512"}, "service": {"cpu": "256"}}
    asked = replace(approval(HERE, service), settings_of_kinds=settings)
    found = differences(asked, [live(revision("7", configuration={}))])
    assert [(each.targets, [change.key for change in each.changes]) for each in found] == [
        ((HERE.id,), ["memory_mb"]),
        ((service.id,), ["cpu"]),
    ]


def test_a_targets_own_settings_are_a_difference() -> None:
    found = differences(approval(HERE_WITH_ROLE, THERE), [live(revision("7")), live(revision("7"), target=THERE)])
    assert [each.targets for each in found] == [(HERE.id,), (THERE.id,)]


def test_a_snapshot_has_the_release_and_its_changes() -> None:
    lives = [live(revision("7")), live(revision("9"), target=THERE)]
    assert snapshot(approval(HERE, THERE, settings={"memory_mb": "512"}), lives) == {
        "digest": NEW,
        "tag": "4f0c2d1",
        "manifest_revision": "revision-2",
        "differences": [
            {
                "targets": [HERE.id, THERE.id],
                "live": ["version 7 (3e1b9aa)", "version 9 (3e1b9aa)"],
                "changes": [["memory_mb", "256", "512"]],
            }
        ],
        "carried": {"now": {}, "before": [{"targets": [HERE.id, THERE.id], "carried": None}]},
        "released_from_quarantine": None,
    }


@pytest.mark.parametrize(
    "after",
    [
        [],
        [live(revision("8"))],
        [live(revision("7", tag="2d0a8ff"))],
        [live(revision("7", configuration={"memory_mb": "128"}))],
    ],
)
def test_a_snapshot_changes_with_what_is_live(after: list[Live]) -> None:
    asked = approval(settings={"memory_mb": "512"})
    assert snapshot(asked, after) != snapshot(asked, [live(revision("7"))])


def test_a_snapshot_does_not_change_with_time_answers_and_other_environments() -> None:
    asked, elsewhere = approval(), live(revision("7"), environment="staging")
    later = replace(asked, is_reminded=True).not_delivered(LEAD, "550", NOW)
    assert snapshot(asked, [live(revision("7"))]) == snapshot(later, [elsewhere, live(revision("7"))])


def test_a_value_with_an_arrow_does_not_look_like_before_and_after() -> None:
    rows = dict(what_changes(approval(settings={"environment.MODE": "off → on"})))
    assert rows["environment.MODE"] == "(not set) → off → on"


IN_VPC = {"infrastructure.subnets": "subnet-1"}


@pytest.mark.parametrize(
    ("known", "draft", "rows"),
    [
        (KNOWN | IN_VPC, IN_VPC, []),
        (
            KNOWN | IN_VPC,
            {"infrastructure.tracing": "Active"},
            [("infrastructure.subnets", "subnet-1 → (not set)"), ("infrastructure.tracing", "(not set) → Active")],
        ),
        (
            KNOWN | {"infrastructure": "none"},
            IN_VPC | {"role": ROLE},
            [
                ("infrastructure", "none → (not set)"),
                ("infrastructure.subnets", "(not set) → subnet-1"),
                ("role", f"(not set) → {ROLE}"),
            ],
        ),
    ],
)
def test_what_comes_with_the_draft_is_a_change_like_any_other(
    known: dict[str, str], draft: dict[str, str], rows: Rows
) -> None:
    asked = replace(approval(settings=KNOWN), drafts=(draft,))
    shown = what_changes(asked, live(revision("7", configuration=known)))
    assert shown[1:] == (rows or [("configuration", "as now")])


def test_each_target_has_its_own_draft_and_the_answer_covers_it() -> None:
    asked = replace(approval(HERE, THERE), drafts=(IN_VPC, {"infrastructure": "none"}))
    assert [each.changes[0].key for each in differences(asked, ())] == ["infrastructure.subnets", "infrastructure"]
    assert snapshot(asked, ()) != snapshot(replace(asked, drafts=()), ())


def test_what_the_manifest_gives_replaces_what_is_in_the_draft() -> None:
    draft = {"environment.DB": "dev-db", "memory_mb": "1024", "timeout_seconds": "60"}
    asked = replace(approval(settings={"environment.TO_SAY": "Moo", "memory_mb": "512"}), drafts=(draft,))
    assert what_changes(asked)[1:] == [("environment.TO_SAY", "Moo"), ("memory_mb", "512"), ("timeout_seconds", "60")]
