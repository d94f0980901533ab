import string
from email.headerregistry import Address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.manifest.reading import parse
from tests.unit.manifest.documents import ABSENT, SCHEMAS, VALID, changed, problems, text

OPS, LEAD, BOSS = "ops@example.com", "lead@example.com", "boss@example.com"
BOT, ALICE = "arn:aws:iam::111111111111:role/chat-bot", "arn:aws:iam::111111111111:user/alice"
TARGET = VALID["environments"][1]["targets"][0]
ESCALATION = {"escalate_to": [BOSS], "escalate_after": "48h"}


def asking(top: object = ABSENT, dev: object = ABSENT, prod: object = ABSENT) -> dict[str, Any]:
    """The valid manifest with these approvals."""
    document = changed("environments.1.approval", ABSENT)
    for holder, approval in zip([document, *document["environments"]], [top, dev, prod], strict=True):
        if approval is not ABSENT:
            holder["approval"] = approval
    return document


def policies(document: object) -> list[ApprovalPolicy | None]:
    return [environment.approval for environment in parse(text(document), SCHEMAS).environments]


def test_an_approval_says_who_is_asked_how_many_have_to_agree_and_when_others_may() -> None:
    approval = {
        "approvers": [OPS, BOT, ALICE],
        "quorum": 2,
        "expires_after": "3d",
        "reminder_after": "1d",
        "escalate_to": [BOSS, "arn:aws-us-gov:iam::222222222222:user/staff/bob"],
        "escalate_after": "2d",
        "on_expiry": "reject",
        "self_approval": True,
        "confirm": "type-the-environment",
    }
    _, prod = policies(asking(prod=approval))
    assert prod == ApprovalPolicy(
        approvers=(OPS, BOT, ALICE),
        expires_after_seconds=3 * 86_400,
        quorum=2,
        reminder_after_seconds=86_400,
        escalate_to=(BOSS, "arn:aws-us-gov:iam::222222222222:user/staff/bob"),
        escalate_after_seconds=2 * 86_400,
        on_expiry="reject",
        self_approval=True,
        confirm="type-the-environment",
    )


def test_what_an_approval_does_not_say_is_the_strict_and_the_quiet() -> None:
    _, prod = policies(asking(prod={"approvers": [OPS]}))
    assert prod == ApprovalPolicy(
        approvers=(OPS,),
        expires_after_seconds=72 * 3600,
        quorum=1,
        reminder_after_seconds=None,
        escalate_to=(),
        escalate_after_seconds=None,
        on_expiry="reject",
        self_approval=False,
        confirm=None,
    )


def test_an_environment_takes_back_by_null_or_an_empty_list_what_the_top_says() -> None:
    top = {"approvers": [OPS, LEAD], "quorum": 2, "reminder_after": "24h", "confirm": "type-the-environment"}
    none: dict[str, Any] = {"reminder_after": None, "escalate_to": [], "escalate_after": None, "confirm": None}
    dev, prod = policies(asking(top | ESCALATION, dev=none))
    assert dev == ApprovalPolicy((OPS, LEAD), 72 * 3600, quorum=2)
    assert prod == ApprovalPolicy(
        (OPS, LEAD),
        72 * 3600,
        quorum=2,
        reminder_after_seconds=24 * 3600,
        escalate_to=(BOSS,),
        escalate_after_seconds=48 * 3600,
        confirm="type-the-environment",
    )


def test_null_at_the_top_is_nothing_as_well() -> None:
    none = {"reminder_after": None, "escalate_after": None, "confirm": None}
    assert policies(asking({"approvers": [OPS]} | none)) == policies(asking({"approvers": [OPS]}))


TOP = {"approvers": [OPS, LEAD]}


@pytest.mark.parametrize(
    ("approvals", "places"),
    [
        # The two keys that conflict: both at the top, one in each place either way, both in an environment.
        ({"top": TOP | {"quorum": 3}}, ["approval.quorum"]),
        ({"top": TOP | {"quorum": 3}, "prod": {"expires_after": "1h"}}, ["approval.quorum"]),
        ({"top": TOP | {"quorum": 2}, "prod": {"approvers": [OPS]}}, ["environments[1].approval.quorum"]),
        ({"top": TOP, "prod": {"quorum": 3}}, ["environments[1].approval.quorum"]),
        ({"prod": TOP | {"quorum": 3}}, ["environments[1].approval.quorum"]),
        ({"top": TOP | {"quorum": 3}, "dev": {"quorum": 4}}, ["environments[0].approval.quorum", "approval.quorum"]),
        ({"top": TOP | {"reminder_after": "72h"}}, ["approval.reminder_after"]),
        (
            {"top": TOP | {"reminder_after": "24h"}, "prod": {"expires_after": "1h"}},
            ["environments[1].approval.reminder_after"],
        ),
        (
            {"top": TOP | ESCALATION, "dev": {"expires_after": "48h"}, "prod": {"escalate_after": "80h"}},
            ["environments[0].approval.escalate_after", "environments[1].approval.escalate_after"],
        ),
        ({"top": TOP | {"escalate_to": [BOSS]}}, ["approval.escalate_after"]),
        ({"top": TOP | {"escalate_after": "1h"}}, ["approval.escalate_to"]),
        ({"top": TOP | ESCALATION, "dev": {"escalate_after": None}}, ["environments[0].approval.escalate_after"]),
        ({"top": TOP | ESCALATION, "dev": {"escalate_to": []}}, ["environments[0].approval.escalate_to"]),
        ({"top": TOP | ESCALATION | {"approvers": [BOSS]}}, ["approval.escalate_to[0]"]),
        ({"top": TOP | ESCALATION, "prod": {"approvers": [BOSS]}}, ["environments[1].approval.escalate_to[0]"]),
        (
            {"top": {"quorum": 2}},
            ["environments[0].approval.approvers", "environments[1].approval.approvers"],
        ),
    ],
)
def test_keys_that_conflict_are_reported_once_and_where_to_fix_them(
    approvals: dict[str, Any], places: list[str]
) -> None:
    assert [problem.partition(": ")[0] for problem in problems(asking(**approvals))] == places


@pytest.mark.parametrize(
    "approvals",
    [
        {"top": TOP | {"quorum": 3}, "dev": None, "prod": {"approvers": [OPS, LEAD, BOSS]}},
        {"top": TOP | {"quorum": 2}, "prod": {"approvers": [BOSS], "quorum": 1}},
        {"top": TOP | {"reminder_after": "4d"}, "dev": {"expires_after": "5d"}, "prod": {"reminder_after": None}},
        {"top": TOP | {"escalate_to": [BOSS]}, "dev": {"escalate_after": "1h"}, "prod": {"escalate_to": []}},
        {"top": TOP | ESCALATION, "dev": {"approvers": [BOSS], "escalate_to": [OPS]}, "prod": None},
    ],
)
def test_only_what_an_environment_has_in_the_end_is_at_odds(approvals: dict[str, Any]) -> None:
    assert policies(asking(**approvals))


@pytest.mark.parametrize(
    "approval",
    [
        {"approvers": OPS, "quorum": 2},
        {"approvers": [5], "escalate_to": [5], "escalate_after": "1h"},
        {"approvers": [OPS], "expires_after": 5, "reminder_after": "4d"},
        {"approvers": [OPS], "escalate_to": BOSS, "escalate_after": "1h"},
    ],
)
def test_what_has_the_wrong_shape_does_not_conflict_as_well(approval: dict[str, Any]) -> None:
    assert not any(
        "can never" in each or "not shorter" in each or "missing" in each or "already" in each
        for each in problems(asking(prod=approval))
    )


@pytest.mark.parametrize(
    "approver",
    [
        *(
            "a@b.co",
            "o.ps+deploy@mail.example.com",
            "o'neil@example.com",
            "ops@xn--bcher-kva.example",
            "OPS@EXAMPLE.COM",
        ),
        *(f"{'a' * 64}@example.com", f"ops@{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 54}.com"),
        *("arn:aws-cn:iam::111111111111:role/bot", "arn:aws-us-gov:iam::111111111111:user/alice"),
        "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Ops_0123456789abcdef",
        f"arn:aws:iam::111111111111:role/{'p' * 510}/{'n' * 64}",
    ],
)
def test_every_mail_address_and_every_role_or_user_is_taken(approver: str) -> None:
    _, prod = policies(asking(prod={"approvers": [approver]}))
    assert prod is not None
    assert prod.approvers == (approver,)


@pytest.mark.parametrize(
    "approver",
    [
        *("ops", "@example.com", "ops@", "ops@localhost", "ops@example.c", "ops@-example.com", "ops@example..com"),
        *(".ops@example.com", "ops.@example.com", "o..ps@example.com", "ops@10.0.0.10", "ops@[10.0.0.10]"),
        *("ops@example.com\n", "ops@example.com\r\nBcc: eve@example.com", "a@example.com,b@example.com"),
        *(
            '"ops team"@example.com',
            "<ops@example.com>",
            "ops@example.com>",
            "ops(team)@example.com",
            "öps@example.com",
        ),
        *("=?utf-8?q?eve=40example.org=3e?=@example.com", "mailto:ops@example.com", "ops@exämple.com"),
        *(f"{'a' * 65}@example.com", f"ops@{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 55}.com"),
        *("arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:group/ops", "arn:aws:iam::11:role/bot"),
        *("arn:amazon:iam::111111111111:role/bot", "arn:aws:iam::*:role/bot", "arn:aws:iam::111111111111:role/*"),
        *("arn:aws:iam::111111111111:role/", "arn:aws:iam::111111111111:role//bot", f"{BOT}/", f"{BOT}\n", f"{BOT} "),
        *(f"arn:aws:iam::111111111111:role/{'n' * 65}", f"arn:aws:iam::111111111111:role/{'p' * 511}/{'n' * 64}"),
    ],
)
@pytest.mark.parametrize("key", ["approvers", "escalate_to"])
def test_anything_else_is_refused_with_both_kinds_that_are_right(key: str, approver: str) -> None:
    (problem,) = problems(asking(prod={"approvers": [OPS], **ESCALATION} | {key: [approver]}))
    assert problem.startswith(f"environments[1].approval.{key}[0]: '")
    assert "' is not a mail address or the ARN of an IAM role or user; give one like ops@example.com, " in problem
    assert problem.endswith("or like arn:aws:iam::111111111111:role/chat-bot")


@settings(deadline=None)  # a busy machine is no reason to fail
@given(
    st.text(st.sampled_from(string.printable + "éλ\x00\x7f\u2028"), min_size=1, max_size=12), st.integers(0, len(OPS))
)
def test_whatever_is_taken_is_a_mails_header_as_it_stands(inserted: str, at: int) -> None:
    address = OPS[:at] + inserted + OPS[at:]
    try:
        policies(asking(prod={"approvers": [address]}))
    except ManifestError:
        return
    assert address.isascii()
    assert address.isprintable()
    assert not set(address) & set(' <>,;:()[]"\\')
    assert Address(addr_spec=address).addr_spec == address


@pytest.mark.parametrize("value", ["true", "false", "no", 1, 0, [], {}])
def test_self_approval_is_yamls_true_or_false_alone(value: object) -> None:
    (problem,) = problems(asking(prod={"approvers": [OPS], "self_approval": value}))
    assert problem.startswith("environments[1].approval.self_approval: ")
    assert ("; give true or false, without quotes" in problem) == isinstance(value, str)


def test_the_same_approval_in_two_environments_is_no_repetition() -> None:
    assert policies(asking(dev=TOP, prod=TOP)) == policies(asking(TOP))


def test_all_environments_together_must_leave_a_promotion_time_to_end() -> None:
    document = asking(top={"approvers": [OPS], "expires_after": "30d"})
    policies(document)
    document["environments"].append(
        document["environments"][1] | {"name": "prod-eu", "targets": [TARGET | {"region": "eu-west-1"}]}
    )
    (problem,) = problems(document)
    assert problem.startswith("environments: all approvals together may take 90d")
    document["environments"][0]["approval"] = None
    policies(document)


@pytest.mark.parametrize("again", ["role/team/chat-bot", "role/Chat-Bot"])
def test_a_role_is_the_same_approver_under_any_path_and_in_any_capitals(again: str) -> None:
    same = f"arn:aws:iam::111111111111:{again}"
    (problem,) = problems(asking(prod={"approvers": [BOT, same], "quorum": 2}))
    assert problem.startswith(f"environments[1].approval.approvers[1]: the approver '{same}' is already at ")
    (problem,) = problems(asking(prod={"approvers": [BOT], "escalate_to": [same], "escalate_after": "1h"}))
    assert problem.startswith(f"environments[1].approval.escalate_to[0]: '{same}' is an approver already")
