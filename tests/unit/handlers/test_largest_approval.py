"""The largest approval that there realistically is, in the places where AWS has no room for more."""

import json
from dataclasses import replace
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from gantry.aws import ledger_keys as keys
from gantry.aws.approvals import Approvals
from gantry.aws.clients import ledger_table
from gantry.handlers.approval_outcome import conclude
from gantry.promotion.approval_facts import shown
from gantry.promotion.ledger import Live
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.promotion.target import Target
from tests.unit.handlers.asking import ID, LATER, TOKEN, answered, approval, wait_for
from tests.unit.handlers.payloads import DIGEST
from tests.unit.handlers.records import history, live
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
TARGETS = tuple(Target(f"{number:012}", "ap-southeast-2", "f" * 64, "live") for number in range(40))
NAMES = tuple(f"environment.A_RATHER_LONG_NAME_{number:02}" for number in range(40))

RELEASED = QuarantineRelease(LATER, "ä" * 500, "arn:another", "x" * 254)
QUARANTINE = Quarantine("cowsay", DIGEST, LATER, "ä" * 30_000, "arn:deployment", RELEASED)


def variables(value: str) -> dict[str, str]:
    """4 KB, all of Lambda's room for them: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
    return dict.fromkeys(NAMES, value + "x" * 75)


def what_is_live(version: int) -> list[Live]:
    """Another configuration on each target, so that no two changes are told together."""
    lives = [live(version, target=target) for target in TARGETS]
    return [
        replace(each, current=replace(each.current, configuration=variables(f"{number:02}")))
        for number, each in enumerate(lives)
    ]


def size_of(item: Any) -> int:
    """What DynamoDB counts, and somewhat more: it counts no names of types."""
    return len(json.dumps(TypeSerializer().serialize(item), ensure_ascii=False).encode())


def test_twenty_approvers_of_forty_targets_that_all_differ_have_room_everywhere(workloads: Workloads) -> None:
    approvals = Approvals.from_env()
    asked = approvals.open(approval(*PEOPLE, quorum=20, targets=TARGETS, settings=variables("new")))
    assert wait_for(asked, workloads)
    decided = asked
    for number, approver in enumerate(PEOPLE):
        given = replace(answered(approver=approver, reason="ä" * 500), user_agent="x" * 500)
        decided = decided.answered(given, shown(asked, what_is_live(number // 5), QUARANTINE))
    approvals.change(ID, lambda _: decided)
    assert (decided.outcome, decided.ended_at, len(decided.answers)) == ("approved", LATER, 20)
    assert [each["changes_left_out"] for each in decided.shown.values()] == [True] * 4
    item = ledger_table().get_item(Key=keys.approval(ID))["Item"]
    assert size_of(item) < LARGEST_ITEM / 2
    conclude(approvals.get(ID), approvals)
    facts = history()[0].facts
    assert facts["shown"].keys() == {each["shown"] for each in facts["answers"]} == decided.shown.keys()
    assert size_of(facts) < LARGEST_ITEM / 2
    assert len(json.dumps(workloads.executions.answers[TOKEN])) < LARGEST_OUTPUT
