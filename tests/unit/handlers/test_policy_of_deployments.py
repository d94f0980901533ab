"""A deployment is held to the policy file before it joins others' line, and whenever it is its turn."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.handlers.deployment_machine import acquire_lease, inspect_target
from gantry.promotion.errors import PolicyError, PolicyViolationError, TargetOwnedError
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.live_now import LiveFor
from gantry.use_cases.services import Services
from tests.unit.handlers.fakes import FakePolicyFile
from tests.unit.handlers.payloads import DEPLOYMENT, ENTERED_AT, FENCE, ROLE, TARGET, invoke, payload, with_role
from tests.unit.handlers.records import contender, held, record_lease
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

STARTED_AT = "2026-11-22T08:45:00.000Z"
OTHER = contender(f"{DEPLOYMENT}-other", started_at="2026-11-22T07:00:00.000Z")
STRANGER = LiveFor("orders", "prod")
STRANGERS = replace(OTHER, owner=f"{DEPLOYMENT}-strangers", service="orders", task_token="the stranger's token")
OWN = LiveFor("cowsay", "prod")
BINDING = """
bindings:
  - rule: cows
    services: [{service}]
    accounts: ["{account}"]
    regions: [us-east-1]
    targets: [cowsay]
    roles: [cowsay]
    takes_over_from: [{before}]
"""


def bound(service: str = "cowsay", account: str = TARGET.account, before: str = "nobody") -> FakePolicyFile:
    return FakePolicyFile(BINDING.format(service=service, account=account, before=before))


def acquire() -> None:
    event = payload("AcquireLease", task_token="a token of the task", attempt=0, started_at=STARTED_AT)
    invoke(acquire_lease.handler, event)


def inspect() -> None:
    invoke(inspect_target.handler, payload("InspectTarget"))


def someone_holds(live_for: LiveFor | None = None, holder: Contender | None = OTHER) -> Lease:
    there = Lease(TARGET, FENCE, holder=holder, live_for=live_for)
    record_lease(there)
    return there


@pytest.fixture(autouse=True)
def running(workloads: Workloads) -> None:
    workloads.executions.running |= {DEPLOYMENT, OTHER.owner}
    workloads.executions.waiting.add("a token of the task")


@pytest.mark.parametrize(
    ("policy_file", "error", "message"),
    [
        (bound("orders"), PolicyViolationError, "no rule names the service cowsay"),
        (bound(account="222222222222"), PolicyViolationError, "its rules for this service: cows"),
        (FakePolicyFile("bindings: []"), PolicyViolationError, "no binding of the policy file lets cowsay deploy"),
        (FakePolicyFile(others=("b/cowsay",)), PolicyViolationError, "cowsay and b/cowsay are both called cowsay"),
        (FakePolicyFile("bindings: {}"), PolicyError, "nothing is promoted until an administrator corrects it"),
    ],
)
def test_what_the_policy_does_not_allow_does_not_even_join_the_line(
    services: Services, policy_file: FakePolicyFile, error: type[Exception], message: str
) -> None:
    vars(services)["policy_file"] = policy_file
    there = someone_holds()
    with pytest.raises(error, match=message):
        acquire()
    assert held() == there


def test_a_target_that_is_live_for_another_service_is_not_waited_for(services: Services) -> None:
    """There, the newer one of two services would supersede the owner's release."""
    vars(services)["policy_file"] = bound()
    there = someone_holds(STRANGER)
    with pytest.raises(
        TargetOwnedError, match=r"let a binding of it in the policy file say takes_over_from: \[orders\]"
    ):
        acquire()
    assert held() == there


def test_another_service_does_not_join_the_line_of_a_first_deployment(services: Services) -> None:
    """Its newer release would supersede the one of the service that was there first."""
    vars(services)["policy_file"] = bound()
    there = someone_holds(holder=replace(OTHER, service="orders"))
    with pytest.raises(TargetOwnedError, match="is a target of the service orders"):
        acquire()
    assert held() == there


def test_a_target_that_may_be_taken_over_is_waited_for(services: Services) -> None:
    vars(services)["policy_file"] = bound(before="orders")
    someone_holds(STRANGER)
    acquire()
    assert [each.owner for each in held().waiting] == [DEPLOYMENT]


def test_a_service_joins_its_own_line_without_a_look_at_the_policy_and_is_held_to_it_when_it_is_its_turn(
    services: Services,
) -> None:
    vars(services)["policy_file"] = bound("orders")
    someone_holds(OWN)
    acquire()
    assert [each.owner for each in held().waiting] == [DEPLOYMENT]
    mine = someone_holds(OWN, holder=contender(since=ENTERED_AT))
    with pytest.raises(PolicyViolationError, match="no rule names the service cowsay"):
        inspect()
    assert held() == mine


@pytest.mark.parametrize("line", [{"holder": STRANGERS}, {"holder": OTHER, "waiting": (STRANGERS,)}])
def test_an_owner_that_lost_its_target_supersedes_none_of_the_service_that_takes_it_over(
    services: Services, line: dict[str, Any]
) -> None:
    vars(services)["policy_file"] = bound("orders", before="cowsay")
    there = Lease(TARGET, FENCE, live_for=OWN, **line)
    record_lease(there)
    with pytest.raises(PolicyViolationError, match="no rule names the service cowsay"):
        acquire()
    assert held() == there


def test_what_the_target_was_given_by_the_service_before_is_not_held_against_the_one_that_takes_it_over(
    services: Services,
) -> None:
    """Its manifest gives the target a role; the new one's gives it none."""
    vars(services)["policy_file"] = bound(before="orders")
    theirs = with_role(ROLE.replace("cowsay", "orders"))
    assert theirs.id == TARGET.id
    record_lease(Lease(theirs, FENCE, holder=OTHER, live_for=STRANGER))
    acquire()
    assert [each.owner for each in held().waiting] == [DEPLOYMENT]


def test_another_environment_of_the_same_service_is_no_stranger(services: Services) -> None:
    vars(services)["policy_file"] = bound()
    someone_holds(LiveFor("cowsay", "production"))
    acquire()
    assert [each.owner for each in held().waiting] == [DEPLOYMENT]


def test_a_policy_that_changed_while_the_deployment_waited_is_held(services: Services) -> None:
    mine = someone_holds(holder=contender(since=ENTERED_AT))
    vars(services)["policy_file"] = bound("orders")
    with pytest.raises(PolicyViolationError, match="no rule names the service cowsay"):
        inspect()
    assert held() == mine


def test_a_target_that_became_another_services_while_the_deployment_waited_is_left_alone(services: Services) -> None:
    mine = someone_holds(STRANGER, holder=contender(since=ENTERED_AT))
    with pytest.raises(TargetOwnedError, match="is a target of the service orders"):
        inspect()
    assert held() == replace(mine, live_for=STRANGER)
