from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.aws import ledger_keys as keys
from gantry.aws.approvals import Approvals, Delivery
from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Answer
from gantry.promotion.approval_link import Link, fingerprint, link_key
from gantry.promotion.content_changes import ContentComparison
from gantry.promotion.environment_gate import EnvironmentGate
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

ANN, BOB = "ann@example.com", "bob@example.com"
NOON, EXPIRY = "2026-11-22T12:00:00.000Z", "2026-11-25T12:00:00.000Z"
SNAPSHOT = {"tag": "4f0c2d1", "differences": [{"targets": ["here"], "changes": [["memory_mb", None, "512"]]}]}
ANSWER = Answer(
    ANN, "approved", NOON, ANN, "203.0.113.7", "curl/8", fingerprint(SNAPSHOT), "fine", "the hash of a nonce"
)


@pytest.fixture
def approvals(table: "Table") -> Approvals:
    return Approvals(table)


@pytest.fixture
def approval(release: Release, target: Target) -> Approval:
    return Approval(
        id="approval-1",
        environment="prod",
        release=release,
        origin=PromotionOrigin(is_manual=False, pushed_by="carol@example.com", tags=("4f0c2d1", "latest")),
        policy=ApprovalPolicy((ANN, BOB), 72 * 3600, quorum=2, reminder_after_seconds=3600),
        targets=(target,),
        settings={"memory_mb": "512", "environment.TO_SAY": "moo"},
        alarms=("errors",),
        firing=("errors in 222222222222/us-east-1",),
        execution="arn:promotion",
        started_at=NOON,
        requested_at=NOON,
        expires_at=EXPIRY,
    )


def leave_token(table: "Table") -> None:
    """Keep a task token, as the machine does."""
    table.update_item(
        Key=keys.approval("approval-1"),
        UpdateExpression="SET task_token = :token",
        ExpressionAttributeValues={":token": "token-1"},
    )


def stored(table: "Table") -> dict[str, Any]:
    return table.get_item(Key=keys.approval("approval-1"))["Item"]


def test_an_approval_is_read_as_it_was_kept(approvals: Approvals, approval: Approval) -> None:
    assert approvals.open(approval) == approval
    assert approvals.get("approval-1") == approval


def test_an_approval_of_an_object_is_read_as_it_was_kept_also_where_nothing_is_live(
    approvals: Approvals, approval: Approval
) -> None:
    rows = (("content", "1 added"),)
    of_object = replace(
        approval, contents=(ContentComparison(("here",), rows), ContentComparison(("there",), rows, "a"))
    )
    approvals.open(of_object)
    assert approvals.get("approval-1") == of_object


def optional_fields(kind: object, seen: set[object]) -> Iterator[tuple[str, bool]]:
    """Every field that may be None of a dataclass and what it holds, and whether it need not be given."""
    if is_dataclass(kind) and isinstance(kind, type) and kind not in seen:
        seen.add(kind)
        hints = get_type_hints(kind)
        for each in fields(kind):
            if type(None) in get_args(hints[each.name]):
                has_default = each.default is not MISSING or each.default_factory is not MISSING
                yield f"{kind.__name__}.{each.name}", has_default
            yield from optional_fields(hints[each.name], seen)
    for part in get_args(kind):
        yield from optional_fields(part, seen)


def test_the_ledger_keeps_no_none_so_every_field_that_may_be_none_has_a_default() -> None:
    found = dict(optional_fields(Approval, set()))
    assert "ContentComparison.live" in found
    assert [name for name, has_default in found.items() if not has_default] == []


def test_a_retry_gets_the_approval_that_was_opened_first_as_it_is_by_now(
    approvals: Approvals, approval: Approval
) -> None:
    approvals.open(approval)
    by_now, _ = approvals.change("approval-1", lambda each: each.after_asking(ANN))

    assert approvals.open(replace(approval, requested_at=EXPIRY)) == by_now


def test_an_approval_that_never_existed_is_not_found(approvals: Approvals, approval: Approval) -> None:
    with pytest.raises(LookupError, match="approval-1"):
        approvals.get("approval-1")
    with pytest.raises(LookupError, match="approval-1"):
        approvals.change("approval-1", lambda each: each)
    with pytest.raises(LookupError, match="approval-1"):
        approvals.delivery(approval)


def test_a_change_is_kept_with_all_that_belongs_to_it(approvals: Approvals, approval: Approval) -> None:
    approvals.open(approval)

    after, has_changed = approvals.change("approval-1", lambda each: each.answered(ANSWER, SNAPSHOT))

    assert has_changed
    assert after == replace(approval, answers=(ANSWER,), snapshots={ANSWER.snapshot: SNAPSHOT}, revision=1)
    assert approvals.get("approval-1") == after


def test_what_changes_nothing_writes_nothing(approvals: Approvals, approval: Approval, table: "Table") -> None:
    approvals.open(approval)
    before = stored(table)

    assert approvals.change("approval-1", lambda each: each) == (approval, False)
    assert stored(table) == before


def test_of_two_changes_at_the_same_time_one_is_made_on_top_of_the_other(
    approvals: Approvals, approval: Approval
) -> None:
    approvals.open(approval)
    tries: list[int] = []

    def answer(each: Approval) -> Approval:
        tries.append(each.revision)
        if len(tries) == 1:
            approvals.change("approval-1", lambda other: other.answered(replace(ANSWER, approver=BOB)))
        return each.answered(ANSWER)

    after, has_changed = approvals.change("approval-1", answer)

    assert (tries, has_changed) == ([0, 1], True)
    assert after.approved_by == (BOB, ANN)
    assert (after.outcome, after.revision) == ("approved", 2)
    assert approvals.get("approval-1") == after


@pytest.fixture
def reads(table: "Table") -> Iterator[list[str]]:
    """What is read of the ledger from now on."""
    found: list[str] = []
    events, name = table.meta.client.meta.events, "before-call.dynamodb.GetItem"

    def see(**_: Any) -> None:
        found.append("GetItem")

    events.register(name, see)
    yield found
    events.unregister(name, see)


def test_an_approval_that_is_known_is_changed_without_reading_it(
    approvals: Approvals, approval: Approval, reads: list[str]
) -> None:
    known = approvals.open(approval)
    after, has_changed = approvals.change("approval-1", lambda each: each.answered(ANSWER), known)
    assert (has_changed, reads) == (True, [])
    assert approvals.get("approval-1") == after


def test_a_change_of_one_that_is_no_longer_as_it_was_known_is_made_on_top_of_the_others(
    approvals: Approvals, approval: Approval
) -> None:
    known = approvals.open(approval)
    approvals.change("approval-1", lambda each: each.answered(replace(ANSWER, approver=BOB)))
    after, has_changed = approvals.change("approval-1", lambda each: each.answered(ANSWER), known)
    assert (has_changed, after.approved_by, after.revision) == (True, (BOB, ANN), 2)


def test_that_nothing_is_to_change_is_not_believed_of_one_that_is_only_known(
    approvals: Approvals, approval: Approval
) -> None:
    known = approvals.open(approval)
    by_now, _ = approvals.change("approval-1", lambda each: each.after_asking(ANN))
    assert approvals.change("approval-1", lambda each: each, known) == (by_now, False)


def test_a_change_leaves_the_token_where_it_is(approvals: Approvals, approval: Approval, table: "Table") -> None:
    approvals.open(approval)
    assert approvals.delivery(approval).task_token is None
    leave_token(table)

    after, _ = approvals.change("approval-1", lambda each: each.answered(ANSWER, SNAPSHOT))

    assert approvals.delivery(after).task_token == "token-1"


def test_reading_an_approval_does_not_read_the_token(
    approvals: Approvals, table: "Table", stubbed: Callable[[Any], Stubber]
) -> None:
    """The projection asks DynamoDB for `approval`, and for nothing else."""
    asked = {
        "TableName": "ledger",
        "Key": {"pk": "approval#approval-1", "sk": "approval"},
        "ProjectionExpression": "approval",
        "ConsistentRead": True,
    }
    stubbed(table.meta.client).add_client_error("get_item", "Stop", expected_params=asked)

    with pytest.raises(ClientError, match="Stop"):
        approvals.get("approval-1")


def test_a_published_outcome_is_marked_beside_the_approval(
    approvals: Approvals, approval: Approval, table: "Table"
) -> None:
    approvals.open(approval)
    leave_token(table)

    rejected = approval.ended("rejected", EXPIRY)
    assert approvals.delivery(rejected) == Delivery("token-1", is_published=False)
    approvals.mark_published(rejected)
    assert approvals.delivery(rejected) == Delivery("token-1", is_published=True)
    assert not approvals.delivery(approval.ended("stopped", NOON)).is_published, "another end has its own event"
    assert approvals.get("approval-1") == approval
    assert approvals.change("approval-1", lambda each: each.answered(ANSWER, SNAPSHOT))[1]
    assert approvals.delivery(rejected).is_published


def test_an_outcome_that_an_earlier_version_has_published_is_not_published_again(
    approvals: Approvals, approval: Approval, table: "Table"
) -> None:
    approvals.open(approval)
    key = {"pk": "approval#approval-1", "sk": "approval"}
    table.update_item(Key=key, UpdateExpression="SET is_published = :it", ExpressionAttributeValues={":it": True})
    assert approvals.delivery(approval.ended("approved", EXPIRY)).is_published


def test_each_link_leads_to_the_approval_and_its_approver(approvals: Approvals, approval: Approval) -> None:
    of_ann, of_bob = Link("approval-1", ANN, "a-key"), Link("approval-1", BOB, "another-key")
    approvals.add_link(link_key("link-of-ann"), of_ann, approval)
    approvals.add_link(link_key("link-of-bob"), of_bob, approval)

    assert approvals.link(link_key("link-of-ann")) == of_ann
    assert approvals.link(link_key("link-of-bob")) == of_bob
    assert approvals.link(link_key("guessed")) is None
    assert approvals.link("link-of-ann") is None


def test_the_table_forgets_links_a_month_after_the_approval_expired_and_nothing_else(
    approvals: Approvals, approval: Approval, table: "Table"
) -> None:
    approvals.open(approval)
    approvals.add_link(link_key("link-of-ann"), Link("approval-1", ANN, "a-key"), approval)
    approvals.replace_gate("cowsay", "prod", EnvironmentGate.of(approval), None)

    items = {str(item["sk"]): item for item in table.scan()["Items"]}

    assert items["link"]["expires_at"] == int(datetime(2026, 12, 25, 12, 0, tzinfo=UTC).timestamp())
    assert "link-of-ann" not in str(items)
    assert "expires_at" not in items["approval"]
    assert "expires_at" not in items["prod"]


def test_a_gate_is_replaced_only_as_it_was_read(approvals: Approvals, approval: Approval) -> None:
    first, second = (
        EnvironmentGate.of(approval),
        EnvironmentGate.of(replace(approval, id="approval-2", started_at=EXPIRY)),
    )

    assert approvals.gate("cowsay", "prod") is None
    assert approvals.replace_gate("cowsay", "prod", first, None)
    assert not approvals.replace_gate("cowsay", "prod", second, None)
    assert approvals.gate("cowsay", "prod") == first
    assert approvals.replace_gate("cowsay", "prod", second, first)
    assert not approvals.replace_gate("cowsay", "prod", first, first)
    assert approvals.gate("cowsay", "prod") == second
    assert approvals.gate("cowsay", "staging") is None


@pytest.mark.parametrize(
    ("operation", "attempt"),
    [
        ("put_item", lambda approvals, approval: approvals.open(approval)),
        (
            "put_item",
            lambda approvals, approval: approvals.replace_gate("cowsay", "prod", EnvironmentGate.of(approval), None),
        ),
        ("update_item", lambda approvals, approval: approvals.mark_published(approval.ended("approved", EXPIRY))),
    ],
    ids=["open", "gate", "mark"],
)
def test_an_unknown_error_escapes(
    approvals: Approvals,
    approval: Approval,
    stubbed: Callable[[Any], Stubber],
    operation: str,
    attempt: Callable[[Approvals, Approval], object],
) -> None:
    stubbed(approvals._table.meta.client).add_client_error(operation, "ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        attempt(approvals, approval)


def test_a_change_that_fails_for_another_reason_is_not_tried_again(
    approvals: Approvals, approval: Approval, monkeypatch: pytest.MonkeyPatch, table: "Table"
) -> None:
    approvals.open(approval)
    error = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "UpdateItem")

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(table, "update_item", fail)

    with pytest.raises(ClientError, match="ThrottlingException"):
        approvals.change("approval-1", lambda each: each.answered(ANSWER, SNAPSHOT))
