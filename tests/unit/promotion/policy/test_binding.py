"""Whose target is it?"""

from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.policy.binding import BoundNames, may_take_over, unbound_reason
from gantry.promotion.policy.content import Policy, matches
from tests.unit.promotion.an_approval import target
from tests.unit.promotion.policy.policies import binding

COWSAY, ORDERS = BoundNames("cowsay", ("cowsay",)), BoundNames("orders")


def reason(service: str, names: BoundNames, *bindings: Any, others: tuple[str, ...] = (), **place: Any) -> str | None:
    policy = Policy("policy-1", bindings) if bindings else Policy()
    where = target(name=f"{names.name or 'x1y2z3'}/live", **place)
    return unbound_reason(policy, service, where, names, others)


@pytest.mark.parametrize("service", ["cowsay", "team/cowsay", "a/b/cowsay", "s3/acme/cowsay.zip"])
def test_without_a_file_a_service_has_what_is_called_as_it_is(service: str) -> None:
    assert reason(service, COWSAY) is None


@pytest.mark.parametrize("service", ["intruder", "cowsay/intruder", "cow", "cowsay2", "xcowsay", "team/cowsay.zip"])
def test_without_a_file_no_service_has_what_is_called_otherwise(service: str) -> None:
    own = service.rpartition("/")[2]
    refused = f"without bindings, {service} may only deploy to what is called {own}, not to 444444444444/"
    assert str(reason(service, COWSAY)).startswith(refused)


def test_without_a_file_two_services_that_share_a_name_have_nothing() -> None:
    message = "a/cowsay and b/cowsay and cowsay are both called cowsay, so only bindings can say whose"
    assert message in str(reason("a/cowsay", COWSAY, others=("b/cowsay", "cowsay")))


def test_without_a_file_a_service_has_no_role_that_is_called_otherwise() -> None:
    assert "may only use a role that is called cowsay, not lambda/admin" in str(
        reason("cowsay", BoundNames("cowsay", ("lambda/admin",)))
    )
    assert reason("cowsay", BoundNames("cowsay", ("lambda/cowsay",))) is None


def test_an_id_that_nobody_chose_always_needs_the_file() -> None:
    made_up = BoundNames(None)
    assert "has an id that nobody chose, so only a binding says whose it is" in str(reason("cowsay", made_up))
    assert reason("cowsay", made_up, binding(targets=("x1y2z3/live",))) is None


def test_a_binding_lets_a_service_deploy_to_its_targets_only() -> None:
    rule = binding(services=("team/*",), targets=("orders", "billing-*"), regions=("*",))
    assert reason("team/shop", ORDERS, rule) is None
    assert reason("team/shop", BoundNames("billing-eu"), rule, region="eu-west-1") is None
    for service, names, account in (
        ("shop", ORDERS, "444444444444"),
        ("team/shop", COWSAY, "444444444444"),
        ("team/shop", BoundNames("orders-2"), "444444444444"),
        ("team/shop", ORDERS, "222222222222"),
    ):
        refused = str(reason(service, names, rule, account=account))
        assert refused.startswith(f"no binding of the policy file lets {service} deploy to ")


def test_with_bindings_a_name_alone_is_no_right() -> None:
    assert "no rule names the service cowsay" in str(reason("cowsay", COWSAY, binding(services=("other",))))


def test_an_empty_list_of_bindings_lets_nobody_deploy() -> None:
    assert unbound_reason(Policy("policy-1", ()), "cowsay", target(), COWSAY, ()) is not None


def test_a_binding_of_another_kind_does_not_count() -> None:
    assert reason("cowsay", COWSAY, binding(kind="any")) is None
    assert str(reason("cowsay", COWSAY, binding(kind="other"))).startswith("no binding of the policy file lets cowsay")


def test_a_role_has_to_be_bound_with_its_target() -> None:
    rules = binding(roles=()), binding(rule="others", targets=("other",), roles=("cowsay",))
    assert "but not with the role cowsay (its rules for this service: cows)" in str(reason("cowsay", COWSAY, *rules))
    assert reason("cowsay", COWSAY, binding(roles=("cow*",))) is None


RENAMED = binding(services=("team/cowsay",), takes_over_from=("cowsay",))


def takes_over(service: str, owner: str, *bindings: Any, **place: str) -> bool:
    return may_take_over(Policy("policy-1", bindings), service, target(**place), COWSAY, owner)


def test_a_live_target_passes_to_another_service_only_if_the_file_says_so() -> None:
    assert takes_over("team/cowsay", "cowsay", RENAMED)
    assert not takes_over("cowsay", "team/cowsay", RENAMED)
    assert not takes_over("team/cowsay", "orders", RENAMED)
    assert not takes_over("stranger", "cowsay", RENAMED)
    assert not may_take_over(Policy(), "team/cowsay", target(), COWSAY, "cowsay")


def test_the_binding_that_takes_over_has_to_name_the_target() -> None:
    everything_else = binding(services=("team/cowsay",), targets=("*",))
    elsewhere = binding(services=("team/cowsay",), targets=("other",), takes_over_from=("*",))
    assert not takes_over("team/cowsay", "cowsay", elsewhere, everything_else)
    assert not takes_over("team/cowsay", "cowsay", RENAMED, everything_else, account="222222222222")
    assert not takes_over("team/cowsay", "cowsay", replace(RENAMED, kind="other"), everything_else)


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [("orders", "orders", True), ("orders-eu", "orders-*", True), ("orders", "orders-*", False), ("a", "*", True)],
)
def test_a_star_stands_for_the_end_of_a_name(name: str, pattern: str, expected: bool) -> None:
    assert matches(name, [pattern]) is expected
