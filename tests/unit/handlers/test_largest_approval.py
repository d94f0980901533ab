"""The largest realistic approval, in the places where AWS limits the size."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import to_item
from gantry.handlers import entry
from gantry.promotion.approval_facts import snapshot
from gantry.promotion.approval_outcome import history_facts, outcome_facts
from gantry.promotion.content_changes import ContentChange, ContentComparison, content_rows
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.live import Live
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.manifest.written_size import size_problems
from gantry.promotion.promotion_origin import LONGEST_NAME, MOST_TAGS, PromotionOrigin
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.use_cases.approvals.concluding import conclude
from tests.unit.handlers.asking import ID, LATER, TOKEN, answered, approval, approvals, wait_for
from tests.unit.handlers.payloads import DIGEST
from tests.unit.handlers.records import decisions, live
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

KB = 1000
LARGEST_ITEM, LARGEST_OUTPUT = 400 * KB, 256 * KB
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items and
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html."""
PEOPLE = tuple(f"{'x' * 40}-{number:02}@mail.example.com" for number in range(20))
TARGETS = tuple(LambdaTarget(f"{number:012}", "ap-southeast-2", "f" * 64, "live").as_target() for number in range(40))
NAMES = tuple(f"environment.A_RATHER_LONG_NAME_{number:02}" for number in range(40))

PARTS = [ContentChange("\N{COW}" * 1000, "changed", "\N{COW}" * 1000, kind="OPTIONS") for _ in range(10_000)]
CONTENTS = (ContentComparison(tuple(target.id for target in TARGETS), content_rows(PARTS), DIGEST),)
"""As many rows as one approval keeps, each as long as it may be."""

RELEASED = QuarantineRelease(LATER, "ä" * 500, "arn:another", "x" * 607, is_verified=True)
QUARANTINE = Quarantine("cowsay", DIGEST, LATER, "ä" * 30_000, "arn:deployment", RELEASED)


def variables(value: str) -> dict[str, str]:
    """4 KB, all of Lambda's room for them: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
    return dict.fromkeys(NAMES, value + "x" * 75)


def what_is_live(number: int) -> list[Live]:
    """Another configuration on each target, so that no two targets share a section."""
    lives = [live(number, target=target) for target in TARGETS]
    return [
        replace(each, current=replace(each.current, configuration=variables(f"{place:02}")))
        for place, each in enumerate(lives)
    ]


def largest_environment() -> Environment:
    """As much of what an approval keeps as a manifest may have."""
    people = tuple(f"arn:aws:iam::{number:012}:role/{'p' * 500}/{'n' * 64}" for number in range(40))
    policy = ApprovalPolicy(people[:20], 3600, quorum=20, escalate_to=people[20:], escalate_after_seconds=60)

    def with_alarms(length: int) -> Environment:
        alarms = tuple(f"{number:02}{'a' * length}" for number in range(8))
        return Environment("prod", TARGETS, policy, (), alarms, {"environment": variables("new")}, JudgeSettings())

    fitting = [each for each in map(with_alarms, range(254)) if not list(size_problems([each]))]
    assert 1 < len(fitting) < 254
    return fitting[-1]


def size_of(item: Any) -> int:
    """What DynamoDB counts, and a little more: it does not count names of types."""
    return len(json.dumps(TypeSerializer().serialize(item), ensure_ascii=False).encode())


def test_twenty_approvers_of_forty_targets_that_all_differ_have_room_everywhere(workloads: Workloads) -> None:
    asked = approvals().open(approval(*PEOPLE, quorum=20, targets=TARGETS, settings=variables("new")))
    assert wait_for(asked, workloads)
    decided = asked
    for number, approver in enumerate(PEOPLE):
        given = replace(answered(approver=approver, reason="ä" * 500), user_agent="x" * 500)
        decided = decided.answered(given, snapshot(asked, what_is_live(number // 5), QUARANTINE))
    approvals().change(ID, lambda _: decided)
    assert (decided.outcome, decided.ended_at, len(decided.answers)) == ("approved", LATER, 20)
    assert [each["changes_left_out"] for each in decided.snapshots.values()] == [True] * 4
    item = approvals()._table.get_item(Key=keys.approval(ID))["Item"]
    assert size_of(item) < LARGEST_ITEM / 2
    conclude(approvals().get(ID), entry.services())
    facts = decisions()[0].facts
    assert facts["snapshots"].keys() == {each["snapshot"] for each in facts["answers"]} == decided.snapshots.keys()
    assert size_of(facts) < LARGEST_ITEM / 2
    assert len(json.dumps(workloads.executions.answers[TOKEN])) < LARGEST_OUTPUT


def test_the_largest_environment_has_room_in_its_approval_and_in_a_payload() -> None:
    largest = largest_environment()
    firing = tuple(
        f"{name} in {target.account}/{target.region}" for target in largest.targets for name in largest.alarms
    )
    assert len(json.dumps(asdict(largest) | {"firing": firing}, ensure_ascii=False)) < LARGEST_OUTPUT / 3
    asked = approval(
        policy=largest.approval,
        targets=largest.targets,
        alarms=largest.alarms,
        firing=firing,
        settings=dict.fromkeys(NAMES, "x" * 50),
        contents=CONTENTS,
        asked=(*largest.approval.approvers, *largest.approval.escalate_to) if largest.approval else (),
    )
    decided = approvals().open(asked)
    for number, approver in enumerate(asked.policy.approvers):
        given = replace(answered(approver=approver, reason="ä" * 500), user_agent="x" * 500)
        decided = decided.answered(given, snapshot(asked, what_is_live(number // 5), QUARANTINE))
    assert len(decided.answers) == 20
    approvals().change(ID, lambda _: decided)
    assert size_of(approvals()._table.get_item(Key=keys.approval(ID))["Item"]) < LARGEST_ITEM


def test_whatever_comes_from_outside_an_approval_has_room_and_can_end() -> None:
    """Strangers' bounces, long words of mail servers, a page for each answer on which something else was live.

    Not in the table: its stand-in counts twelve bytes for a letter of four.
    """
    people = tuple(f"{'x' * 60}-{number:02}@{'d' * 60}.{'e' * 60}.example.com" for number in range(40))
    origin = PromotionOrigin(True, "p" * LONGEST_NAME, "s" * LONGEST_NAME, ("t" * 128,) * MOST_TAGS)
    given: dict[str, Any] = {
        "escalate_to": people[20:],
        "targets": TARGETS,
        "settings": variables("new"),
        "contents": CONTENTS,
    }
    asked = approval(*people[:20], origin=origin, quorum=20, escalate_after_seconds=60, **given).escalated()
    ended = asked
    for person in [*(f"stranger{number}@example.com" for number in range(1000)), *people[20:]]:
        ended = ended.not_delivered(person, "\N{COW}" * 10_000, LATER)
    for number, approver in enumerate(people[:20]):
        answer = replace(answered(approver=approver, reason="\N{COW}" * 500), user_agent="\N{COW}" * 500)
        ended = ended.answered(answer, snapshot(asked, what_is_live(number), QUARANTINE))

    outcome = outcome_facts(ended)
    assert outcome
    assert (outcome.decision, len(ended.seen), len(ended.undeliverable)) == ("approved", 40, 20)
    assert size_of(to_item(ended)) < LARGEST_ITEM
    assert size_of(history_facts(ended, outcome)) < LARGEST_ITEM
