"""Load balancers: rules that split requests between target groups, and the tasks that answer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ForwardActionConfig.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.load_balancer import LoadBalancer, add_load_balancer
from sandbox.stand_in.accounts import DEV
from sandbox.stand_in.process import StandIn
from tests.sandbox.containers import ACCOUNT, SAYS, a_definition, an_image, put_behind, said, weigh
from tests.sandbox.given import Json, new_name
from tests.sandbox.rest_apis import refusal

FAILS = "def handler(event, context):\n    raise ValueError('secret')"
SAYS_STATUS = """
def handler(event, context):
    return {"statusCode": 418, "body": event["httpMethod"] + event["path"]}
"""
DOES_NOT_LOAD = "import nowhere\n\ndef handler(event, context):\n    return {}"


@pytest.fixture(scope="module")
def elb(aws: StandIn) -> Any:
    return aws.client("elbv2", ACCOUNT)


@pytest.fixture
def balancer(aws: StandIn) -> LoadBalancer:
    return add_load_balancer(aws, ACCOUNT, new_name("lb"))


@pytest.fixture(scope="module")
def split(aws: StandIn) -> LoadBalancer:
    """A load balancer with tasks in both groups, which say `blue` and `green`."""
    both, image = add_load_balancer(aws, ACCOUNT, new_name("lb")), an_image(aws, SAYS)
    for color, group in (("blue", both.blue), ("green", both.green)):
        put_behind(aws, both, group, a_definition(aws, image, {"TO_SAY": color}))
    return both


def actions(elb: Any, rule: str) -> list[Json]:
    found: list[Json] = elb.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"]
    return found


def test_a_rule_has_the_weights_that_it_was_given(elb: Any, balancer: LoadBalancer) -> None:
    weigh(balancer, blue=95, green=5)

    (action,) = actions(elb, balancer.rule)

    assert "TargetGroupArn" not in action
    assert action["ForwardConfig"] == {
        "TargetGroups": [
            {"TargetGroupArn": balancer.blue, "Weight": 95},
            {"TargetGroupArn": balancer.green, "Weight": 5},
        ],
        "TargetGroupStickinessConfig": {"Enabled": False},
    }


def test_an_action_with_one_group_names_it_both_ways(elb: Any, balancer: LoadBalancer) -> None:
    elb.modify_rule(RuleArn=balancer.rule, Actions=[{"Type": "forward", "TargetGroupArn": balancer.green}])

    (action,) = actions(elb, balancer.rule)

    assert action["TargetGroupArn"] == balancer.green
    assert action["ForwardConfig"]["TargetGroups"] == [{"TargetGroupArn": balancer.green, "Weight": 1}]


def test_a_listener_has_weights_too(elb: Any, balancer: LoadBalancer) -> None:
    listener = elb.describe_listeners(LoadBalancerArn=balancer.arn)["Listeners"][0]["ListenerArn"]
    blue, green = {"TargetGroupArn": balancer.blue, "Weight": 3}, {"TargetGroupArn": balancer.green}
    forward = [{"Type": "forward", "ForwardConfig": {"TargetGroups": [blue, green]}}]

    changed = elb.modify_listener(ListenerArn=listener, DefaultActions=forward)["Listeners"][0]

    assert changed["DefaultActions"][0]["ForwardConfig"]["TargetGroups"] == [blue, {**green, "Weight": 1}]


@pytest.mark.parametrize(
    ("weight", "group", "code"), [(1_000, "green", "ValidationError"), (1, "missing", "TargetGroupNotFound")]
)
def test_an_action_cannot_have_what_there_is_not(
    elb: Any, balancer: LoadBalancer, weight: int, group: str, code: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html"""
    groups = [{"TargetGroupArn": balancer.green.replace("green", group), "Weight": weight}]
    before = balancer.weights

    with pytest.raises(ClientError) as caught:
        elb.modify_rule(RuleArn=balancer.rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])

    assert refusal(caught.value)[0] == code
    assert balancer.weights == before


def test_target_groups_know_their_load_balancer(elb: Any, balancer: LoadBalancer) -> None:
    groups = elb.describe_target_groups(TargetGroupArns=[balancer.blue, balancer.green])["TargetGroups"]

    assert [each["LoadBalancerArns"] for each in groups] == [[balancer.arn], [balancer.arn]]


def test_requests_are_split_by_the_weights(split: LoadBalancer) -> None:
    weigh(split, blue=75, green=25)

    colors = [said(split)["said"] for _ in range(100)]

    # 25 are expected. Chance leaves these bounds less than once in 10,000 times.
    assert 9 < colors.count("green") < 43
    assert colors.count("blue") == 100 - colors.count("green")


def test_a_group_without_weight_gets_no_requests(split: LoadBalancer) -> None:
    weigh(split, blue=0, green=1)

    assert {said(split)["said"] for _ in range(20)} == {"green"}


def test_an_answer_says_what_served_it(aws: StandIn, balancer: LoadBalancer) -> None:
    image = an_image(aws)
    definition = a_definition(aws, image)
    put_behind(aws, balancer, balancer.blue, definition)

    reply = balancer.request("/a/path?with=query")

    assert (reply.digest, reply.revision) == (image.partition("@")[2], definition.rsplit("/", 1)[-1])
    assert '"path": "/a/path"' in reply.body


def test_a_task_answers_with_a_status_of_its_own(aws: StandIn, balancer: LoadBalancer) -> None:
    put_behind(aws, balancer, balancer.blue, a_definition(aws, an_image(aws, SAYS_STATUS)))

    reply = balancer.request("/tea", "POST", b"leaves")

    assert (reply.status, reply.body) == (418, "POST/tea")


def test_a_task_that_raises_gives_an_error_without_its_reason(aws: StandIn, balancer: LoadBalancer) -> None:
    put_behind(aws, balancer, balancer.blue, a_definition(aws, an_image(aws, FAILS)))

    reply = balancer.request()

    assert reply.status == 500
    assert reply.digest
    assert "secret" not in reply.body


def test_a_task_that_does_not_answer_is_a_bad_gateway(aws: StandIn, balancer: LoadBalancer) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"""
    put_behind(aws, balancer, balancer.blue, a_definition(aws, an_image(aws, DOES_NOT_LOAD)))

    assert balancer.request().status == 502


def test_a_group_without_tasks_is_unavailable(balancer: LoadBalancer) -> None:
    assert balancer.request().status == 503


def test_a_group_without_any_weight_left_is_unavailable(aws: StandIn, balancer: LoadBalancer) -> None:
    put_behind(aws, balancer, balancer.blue, a_definition(aws, an_image(aws)))
    weigh(balancer, blue=0, green=0)

    assert balancer.request().status == 503


def test_load_balancers_of_the_same_name_are_apart_by_account(aws: StandIn, balancer: LoadBalancer) -> None:
    name = balancer.arn.split("/")[2]
    other = add_load_balancer(aws, DEV, name)
    put_behind(aws, balancer, balancer.blue, a_definition(aws, an_image(aws)))

    assert balancer.request().status == 200
    assert other.request().status == 503


def test_a_command_names_the_function_that_answers(aws: StandIn, balancer: LoadBalancer) -> None:
    image = an_image(aws, {"app.py": SAYS, "web/other.py": "def answer(event, context):\n    return 'the other'"})
    put_behind(aws, balancer, balancer.blue, a_definition(aws, image, command=["web.other.answer"]))

    assert balancer.request().body == '"the other"'


def test_a_task_has_the_secrets_of_its_start(aws: StandIn, balancer: LoadBalancer) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html"""
    parameters, name = aws.client("ssm", ACCOUNT), f"/{new_name('parameter')}"
    parameters.put_parameter(Name=name, Value="then", Type="SecureString")
    secrets = [{"name": "TO_SAY", "valueFrom": name}]
    put_behind(aws, balancer, balancer.blue, a_definition(aws, an_image(aws), secrets=secrets))
    parameters.put_parameter(Name=name, Value="now", Type="SecureString", Overwrite=True)

    assert said(balancer)["said"] == "then"
