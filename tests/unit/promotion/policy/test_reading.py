"""What an administrator writes, and everything that is wrong with it."""

from dataclasses import replace

import pytest

from gantry.promotion.errors import PolicyError
from gantry.promotion.policy.content import Policy
from gantry.promotion.policy.reading import parse_policy
from tests.unit.promotion.policy.policies import binding, floor

FULL = """
bindings:
  - rule: cows
    services: [cowsay, team/*]
    kind: memory
    accounts: ["444444444444"]
    regions: [us-east-1, "*"]
    targets: [cowsay, cowsay-*]
    roles: [lambda/cowsay-*]
    takes_over_from: [old/cowsay]
floors:
  - rule: production
    environments: [prod*]
    accounts: ["444444444444"]
    services: [pay/*]
    minimum_quorum: 2
    allowed_approvers: ["*@example.com", ops@example.org, "arn:aws:iam::111111111111:role/bot"]
    self_approval: false
    minimum_bake: 10m
    requires_alarms: true
    requires_judge: true
    most_targets_at_once: 10
    may_skip_environments: false
"""


def read(text: str) -> Policy:
    return parse_policy(text, "policy-1", ["lambda", "memory"], "lambda")


def problems(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        read(text)
    first, *lines = str(caught.value).splitlines()
    assert first == "the policy file is wrong, so nothing is promoted until an administrator corrects it:"
    assert len(lines) == max(len(caught.value.problems), 1)
    plain = [str(replace(each, line=None, about=None)) for each in caught.value.problems if each.location]
    return plain or lines


@pytest.mark.parametrize(
    ("written", "allows"), [("unverified_starts: forbidden", False), ("unverified_starts: allowed", True)]
)
def test_whether_people_may_start_without_proof_is_read(written: str, allows: bool) -> None:
    assert read(written).allows_unverified_starts is allows


def test_people_may_start_without_proof_unless_it_is_forbidden() -> None:
    assert read("floors: []").allows_unverified_starts
    assert Policy().allows_unverified_starts


@pytest.mark.parametrize("value", ["", "false", "never", "[forbidden]"])
def test_anything_else_about_starts_is_refused_so_that_nobody_believes_them_forbidden(value: str) -> None:
    (problem,) = problems(f"unverified_starts: {value}")
    assert problem.startswith("unverified_starts: ")
    assert "give one of allowed, forbidden" in problem


def test_every_key_is_read() -> None:
    rule = binding(
        services=("cowsay", "team/*"),
        kind="memory",
        regions=("us-east-1", "*"),
        targets=("cowsay", "cowsay-*"),
        roles=("lambda/cowsay-*",),
        takes_over_from=("old/cowsay",),
    )
    least = floor(
        environments=("prod*",),
        accounts=("444444444444",),
        services=("pay/*",),
        minimum_quorum=2,
        allowed_approvers=("*@example.com", "ops@example.org", "arn:aws:iam::111111111111:role/bot"),
        self_approval=False,
        minimum_bake_seconds=600,
        requires_alarms=True,
        requires_judge=True,
        most_targets_at_once=10,
        may_skip_environments=False,
    )
    assert read(FULL) == Policy("policy-1", (rule,), (least,))


def test_a_floor_alone_leaves_each_service_what_is_called_as_it_is() -> None:
    assert read("floors: [{rule: production, environments: [prod]}]") == Policy("policy-1", None, (floor(),))


def test_no_bindings_is_not_the_same_as_an_empty_list_of_them() -> None:
    assert read("bindings: []") == Policy("policy-1", ())
    assert read("floors: []") == Policy("policy-1", None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "floors: [{rule: everywhere, minimum_quorum: 1}]",
            "floors[0]: it holds nowhere; give environments or accounts",
        ),
        (
            "floors: [{rule: a, environments: [p], minimum_qorum: 1}]",
            "floors[0].minimum_qorum: unknown key; did you mean",
        ),
        (
            "floors: [{rule: a, environments: [p], allowed_approvers: ['*']}]",
            "floors[0].allowed_approvers[0]: '*' is not",
        ),
        ("floors: [{rule: a, accounts: [444444444444]}]", "floors[0].accounts[0]: 444444444444 is a number, not text"),
        (
            "floors: [{rule: a, environments: [p]}, {rule: a, environments: [q]}]",
            "floors[1].rule: the rule 'a' is already at floors[0].rule; give each one once",
        ),
        (
            "bindings: [{rule: a, services: [x], accounts: ['444444444444'], regions: ['*'], targets: [x], kind: ecs}]",
            "bindings[0].kind: 'ecs' is not a known kind of target; give one of lambda, memory",
        ),
        ("bindings: [{rule: a, services: [x], regions: ['*'], targets: [x]}]", "bindings[0].accounts: missing; give"),
        ("bindings:", "bindings: nothing is given; give a value, or leave the key out"),
        (
            "floors: [{rule: a, environments: [p], allowed_approvers: }]",
            "floors[0].allowed_approvers: nothing is given; give a value, or leave the key out",
        ),
        ("bindings: nothing", "bindings: 'nothing' is text, not a list; give a list of bindings"),
        ("binding: []", "binding: unknown key; did you mean 'bindings'?"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, problem: str) -> None:
    (found,) = problems(text)
    assert problem in found


def test_a_file_that_is_no_yaml_promotes_nothing() -> None:
    assert "YAML cannot read it" in "\n".join(problems("floors: [unclosed"))


def test_an_empty_file_is_wrong_and_not_without_rules() -> None:
    assert problems("") == ["policy: it is empty; give bindings, floors or unverified_starts"]
    assert problems("# later\n") == ["policy: it is empty; give bindings, floors or unverified_starts"]


def test_a_problem_of_the_whole_file_is_said_to_be_of_the_policy() -> None:
    (found,) = problems("[]")
    assert found.startswith("policy: it is a list, not a mapping; give a mapping with the keys bindings, floors")


def test_what_others_would_read_as_another_number_is_refused_here_too() -> None:
    (found,) = problems("floors: [{rule: a, environments: [p], minimum_quorum: 010}]")
    assert found.startswith("line 1, column ")


BOUND = "bindings: [{rule: a, accounts: ['444444444444'], regions: ['*'], services: ['%s'], targets: ['%s']}]"


@pytest.mark.parametrize(
    "pattern", ["s3/acme-artifacts/Glue/*", "s3/acme-*", "s3/a.b.c/a=b/c+d@e-f_1.zip", "s3/*", "*"]
)
def test_a_service_is_named_as_its_repository_or_its_object_is(pattern: str) -> None:
    assert read(BOUND % (pattern, "cowsay")).bindings[0].services == (pattern,)  # type: ignore[index]


@pytest.mark.parametrize("pattern", ["Glue/*", "s3/Acme/x", "s3/acme-artifacts/Glue/*/x", "s3/acme-artifacts/a b"])
def test_what_no_service_is_called_is_refused(pattern: str) -> None:
    (found,) = problems(BOUND % (pattern, "cowsay"))
    assert found.startswith(f"bindings[0].services[0]: '{pattern}' is not a service's name")


@pytest.mark.parametrize(
    "pattern", ["s3/acme-prod/Glue/*", "s3/acme-prod/" + "k" * 256, "s3/acme/a=b+c@d", "apigateway/a1b2c3d4e5/prod"]
)
def test_a_target_is_named_as_its_kind_names_it(pattern: str) -> None:
    assert read(BOUND % ("cowsay", pattern)).bindings[0].targets == (pattern,)  # type: ignore[index]


def test_a_binding_without_a_kind_covers_the_default_kind_only() -> None:
    """One that was written before there were other kinds would otherwise cover their targets too."""
    rule = "{rule: a, services: [x], accounts: ['444444444444'], regions: ['*'], targets: [x]}"
    (found,) = read(f"bindings: [{rule}]").bindings or ()
    assert found.kind == "lambda"
