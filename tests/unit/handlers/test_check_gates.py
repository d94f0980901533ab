from dataclasses import replace
from typing import Any

import pytest

from gantry.handlers.promotion_machine import check_gates
from gantry.promotion.errors import AlarmNotFoundError, QuarantinedError, TargetAccessError
from gantry.promotion.manifest.content import ApprovalPolicy
from tests.unit.handlers.payloads import (
    ALARM,
    DIGEST,
    OTHER_TARGET,
    PROMOTION,
    TARGET,
    Said,
    environment_input,
    invoke,
    payload,
    policy,
    release_input,
)
from tests.unit.handlers.records import digest_of, record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "workloads")

SECOND = replace(TARGET, name="cowsay-batch/live")


def check(approval: ApprovalPolicy | None = None, **changed: Any) -> Any:
    environment = environment_input(approval, **changed)
    event = payload("CheckGates", release=release_input(), environment=environment, execution=PROMOTION)
    return invoke(check_gates.handler, event)


def test_where_nobody_approves_no_alarm_is_looked_at(workloads: Workloads) -> None:
    workloads.closed.add(TARGET.account)
    assert check() == {"firing": []}


def test_approvers_see_each_alarm_that_fires_already_and_where(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now = {ALARM: "ALARM", "slow": "OK", "busy": "INSUFFICIENT_DATA"}
    workloads.alarms(OTHER_TARGET).now = {ALARM: "OK", "slow": "ALARM", "busy": "OK"}
    answer = check(policy(), targets=(TARGET, OTHER_TARGET, SECOND), alarms=(ALARM, "slow", "busy"))
    assert answer == {"firing": [f"{ALARM} in 444444444444/us-east-1", "slow in 444444444444/eu-west-1"]}


def test_without_alarms_nothing_fires() -> None:
    assert check(policy(), alarms=()) == {"firing": []}


def test_nobody_is_asked_about_what_could_not_be_watched() -> None:
    with pytest.raises(AlarmNotFoundError, match=ALARM):
        check(policy())


def test_nobody_is_asked_about_an_account_that_lets_nobody_in(workloads: Workloads) -> None:
    workloads.closed.add(TARGET.account)
    with pytest.raises(TargetAccessError, match=TARGET.account):
        check(policy())


@pytest.mark.parametrize("approval", [None, policy()])
def test_a_digest_in_quarantine_is_kept_out_and_the_refusal_says_how_to_release_it(
    approval: ApprovalPolicy | None,
) -> None:
    record_quarantine(DIGEST)
    with pytest.raises(QuarantinedError, match="release_from_quarantine") as raised:
        check(approval)
    assert DIGEST in str(raised.value)


def test_the_quarantine_of_another_digest_keeps_nothing_out() -> None:
    record_quarantine(digest_of(1))
    assert check() == {"firing": []}


def test_checking_changes_nothing(workloads: Workloads, items: Said) -> None:
    workloads.alarms(TARGET).now = {ALARM: "ALARM"}
    record_quarantine(digest_of(1))
    kept = items()
    assert check(policy()) == check(policy())
    assert items() == kept
