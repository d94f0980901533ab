from dataclasses import replace

import pytest

from gantry.promotion.approval import Approval
from gantry.promotion.approval_sentences import explain, objection, own_release, why_closed
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from tests.unit.promotion.an_approval import ALICE, BOB, BOT, DAN, EARLY, LATE, PEOPLE, after, answer, asked, without

OPEN = asked()
QUARANTINE = Quarantine("cowsay", OPEN.release.digest, EARLY, "errors went off", "arn:deployment")

EXPLAINED: list[tuple[Approval, str]] = [
    (after(OPEN, answer(ALICE)), "cowsay 4f0c2d1 was approved for prod by alice@example.com at 2026-11-22 10:00 UTC."),
    (
        after(asked(quorum=2), answer(ALICE, reason="looks good"), answer(BOB)),
        "cowsay 4f0c2d1 was approved for prod by alice@example.com at 2026-11-22 10:00 UTC (“looks good”) and "
        "bob@example.com at 2026-11-22 10:00 UTC.",
    ),
    (
        after(asked(quorum=3), *map(answer, PEOPLE)),
        "cowsay 4f0c2d1 was approved for prod by alice@example.com at 2026-11-22 10:00 UTC, "
        "bob@example.com at 2026-11-22 10:00 UTC and carol@example.com at 2026-11-22 10:00 UTC.",
    ),
    (
        after(asked(quorum=2), answer(ALICE), answer(BOB, "rejected", "not on a Friday")),
        "cowsay 4f0c2d1 was rejected for prod by bob@example.com at 2026-11-22 10:00 UTC (“not on a Friday”).",
    ),
    (
        OPEN.ended("superseded", EARLY, "cowsay 5e1a77b"),
        "cowsay 4f0c2d1 was superseded for prod by cowsay 5e1a77b, which is newer.",
    ),
    (
        without(asked(quorum=2), ALICE, BOB),
        "Too few approvers of cowsay 4f0c2d1 for prod can be reached by mail: no mail to alice@example.com; no mail to "
        "bob@example.com. Fix that, or name other approvers in the manifest, then start the promotion again.",
    ),
    (
        without(asked(approvers=(ALICE,))).not_delivered(ALICE, "550 no such user.", EARLY),
        "Too few approvers of cowsay 4f0c2d1 for prod can be reached by mail: 550 no such user. Fix that, or name "
        "other approvers in the manifest, then start the promotion again.",
    ),
    (
        OPEN.ended("stopped", EARLY),
        "The promotion of cowsay 4f0c2d1 has ended before prod was decided: there is nothing to answer.",
    ),
    (
        OPEN.ended("expired", OPEN.expires_at),
        "Nobody answered by 2026-11-25 09:00 UTC, so cowsay 4f0c2d1 counts as rejected for prod. Asked: "
        "alice@example.com, bob@example.com and carol@example.com. To ask again, start the promotion again.",
    ),
    (
        after(asked(quorum=2, approvers=(ALICE, BOB), escalate_to=(DAN,)), answer(ALICE)).ended("expired", LATE),
        "Only 1 of the 2 required approvals arrived by 2026-11-25 09:00 UTC, so cowsay 4f0c2d1 counts as rejected "
        "for prod. Asked: alice@example.com and bob@example.com. To ask again, start the promotion again.",
    ),
    (
        asked(approvers=(ALICE,), escalate_to=(DAN,)).escalated().ended("expired", LATE),
        "Nobody answered by 2026-11-25 09:00 UTC, so cowsay 4f0c2d1 counts as rejected for prod. Asked: "
        "alice@example.com and dan@example.com. To ask again, start the promotion again.",
    ),
    (
        asked(approvers=(BOT,)).ended("expired", LATE),
        "Nobody answered by 2026-11-25 09:00 UTC, so cowsay 4f0c2d1 counts as rejected for prod. Asked: "
        f"{BOT}. To ask again, start the promotion again.",
    ),
]


@pytest.mark.parametrize(("approval", "explained"), EXPLAINED)
def test_people_read_how_it_ended_and_what_they_can_do(approval: Approval, explained: str) -> None:
    assert explain(approval) == explained


@pytest.mark.parametrize("approval", [approval for approval, _ in EXPLAINED])
@pytest.mark.parametrize("now", [EARLY, LATE])
@pytest.mark.parametrize("is_running", [True, False])
def test_after_the_end_everybody_reads_how_it_ended(approval: Approval, now: str, is_running: bool) -> None:
    assert approval.outcome
    for person in PEOPLE:
        assert why_closed(approval, person, now, is_running=is_running) == explain(approval)


@pytest.mark.parametrize(
    ("quorum", "sentences"),
    [
        (2, "You approved it at 2026-11-22 10:00 UTC. One more approval is needed by 2026-11-25 09:00 UTC."),
        (3, "You approved it at 2026-11-22 10:00 UTC. 2 more approvals are needed by 2026-11-25 09:00 UTC."),
    ],
)
def test_an_approver_who_has_answered_reads_what_is_still_missing(quorum: int, sentences: str) -> None:
    approval = after(asked(quorum=quorum), answer(ALICE))
    assert why_closed(approval, ALICE, EARLY, is_running=True) == sentences
    assert why_closed(approval, BOB, EARLY, is_running=True) is None


def test_when_the_promotion_has_ended_nobody_is_asked() -> None:
    sentence = "The promotion has ended, so there is nothing left to decide."
    assert why_closed(OPEN, ALICE, EARLY, is_running=False) == sentence


def test_a_reason_on_several_lines_stays_in_one_line_for_others() -> None:
    approval = OPEN.answered(answer(ALICE, "rejected", "no\n\nExecution: another.\n"))
    assert explain(approval).endswith("(“no Execution: another.”).")


def test_an_expired_approval_reads_as_expired_before_the_machine_has_noticed() -> None:
    assert why_closed(OPEN, ALICE, LATE, is_running=True) == explain(OPEN.ended("expired", OPEN.expires_at))


def test_people_read_that_a_release_is_their_own() -> None:
    own = replace(OPEN, origin=PromotionOrigin(False, ALICE))
    sentence = (
        "This release is yours (a push by “alice@example.com”, as its label says), and the manifest has "
        "self_approval: false, so somebody else has to approve it."
    )
    assert objection(own, ALICE, None) == own_release(own) == sentence
    assert objection(own, BOB, None) is None


def test_nobody_can_approve_while_the_digest_is_in_quarantine() -> None:
    assert objection(OPEN, ALICE, QUARANTINE) == f"{QUARANTINE.explain()}."
    released = QuarantineRelease(LATE, "it was the load test", "arn:another")
    assert objection(OPEN, ALICE, replace(QUARANTINE, released=released)) is None
