"""Whether the load balancer sends everything to the live target group before ECS begins to shift."""

from typing import Any, cast

import pytest

from gantry.promotion.errors import TargetAccessError
from gantry.promotion.target import Target
from gantry.targets.ecs_service.listener import Listener
from tests.unit.targets.ecs_service.described_service import balancer, network_balancer, service, service_revision
from tests.unit.targets.fake_accounts import FakeAccounts
from tests.unit.targets.fake_load_balancers import BLUE, GREEN, NETWORK_LISTENER, RULE, FakeLoadBalancers

TARGET = Target("ecs", "222222222222", "us-east-1", "ecs/main/cowsay", "arn")
IN_BLUE, IN_GREEN = (service_revision("cowsay:1", each) for each in (BLUE, GREEN))


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts()


@pytest.fixture
def elbv2(accounts: FakeAccounts) -> FakeLoadBalancers:
    return accounts.load_balancers_of(TARGET)


@pytest.fixture
def listener(accounts: FakeAccounts) -> Listener:
    return Listener.in_account(cast("Any", accounts), TARGET)


@pytest.mark.parametrize("weights", [{"blue": 100, "green": 0}, {"blue": 1}, {"green": 0, "blue": 999}])
def test_all_weight_on_the_live_group_is_right_whatever_its_number(
    listener: Listener, elbv2: FakeLoadBalancers, weights: dict[str, int]
) -> None:
    elbv2.forward(RULE, **weights)

    assert list(listener.astray(service(), IN_BLUE)) == []


def test_the_live_group_is_where_ecs_has_put_the_tasks_not_the_first_of_the_service(
    listener: Listener, elbv2: FakeLoadBalancers
) -> None:
    elbv2.forward(RULE, blue=0, green=100)

    assert list(listener.astray(service(), IN_GREEN)) == []
    assert "sends 0 % of the requests" in next(listener.astray(service(), IN_BLUE))


@pytest.mark.parametrize(
    ("weights", "share"), [({"blue": 50, "green": 150}, "25"), ({"green": 1}, "0"), ({"blue": 0, "green": 0}, "0")]
)
def test_drifted_weights_are_found_before_ecs_shifts_from_there(
    listener: Listener, elbv2: FakeLoadBalancers, weights: dict[str, int], share: str
) -> None:
    elbv2.forward(RULE, **weights)

    (problem,) = listener.astray(service(), IN_BLUE)

    assert f"sends {share} % of the requests to the target group of the live tasks, {BLUE}" in problem


def test_before_ecs_has_ever_shifted_the_services_own_group_is_live(
    listener: Listener, elbv2: FakeLoadBalancers
) -> None:
    elbv2.actions[RULE] = [{"Type": "forward", "TargetGroupArn": BLUE}]

    for live in (None, service_revision("cowsay:1")):
        assert list(listener.astray(service(), live)) == []
        assert len(list(listener.astray(service(loadBalancers=[balancer(group=GREEN)]), live))) == 1


def test_a_rule_that_does_more_than_forward_is_refused_as_ecs_would(
    listener: Listener, elbv2: FakeLoadBalancers
) -> None:
    elbv2.forward(RULE, blue=100)
    elbv2.actions[RULE] = [{"Type": "authenticate-oidc"}, *elbv2.actions[RULE]]

    (problem,) = listener.astray(service(), IN_BLUE)

    assert "does more than forward" in problem


def test_a_rule_that_is_gone_is_said_to_be(listener: Listener) -> None:
    (problem,) = listener.astray(service(), IN_BLUE)

    assert f"there is no listener rule {RULE} any more" in problem


def test_a_network_load_balancer_has_listeners_and_no_rules(listener: Listener, elbv2: FakeLoadBalancers) -> None:
    described = service(loadBalancers=[network_balancer()])
    elbv2.forward(NETWORK_LISTENER, blue=100)

    assert list(listener.astray(described, service_revision("cowsay:1", BLUE, rule=NETWORK_LISTENER))) == []
    assert len(list(listener.astray(described, service_revision("cowsay:1", GREEN, rule=NETWORK_LISTENER)))) == 1


@pytest.mark.parametrize("balancers", [[], [balancer(rule=None)]])
def test_nobody_is_asked_where_ecs_shifts_no_listener(
    listener: Listener, elbv2: FakeLoadBalancers, balancers: list[dict[str, Any]]
) -> None:
    assert list(listener.astray(service(loadBalancers=balancers), IN_BLUE)) == []
    assert not elbv2.calls


def test_a_missing_right_says_what_to_deploy_and_other_refusals_stay(
    listener: Listener, elbv2: FakeLoadBalancers
) -> None:
    elbv2.refuse("describe_rules", "AccessDenied", "not authorized to perform: elasticloadbalancing:DescribeRules")
    with pytest.raises(TargetAccessError, match=r"ecs/main/cowsay: not authorized .* target/template.yaml"):
        list(listener.astray(service(), IN_BLUE))

    elbv2.refuse("describe_rules", "Throttling", "Rate exceeded")
    with pytest.raises(Exception, match="Rate exceeded"):
        list(listener.astray(service(), IN_BLUE))
