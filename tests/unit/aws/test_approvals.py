from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.aws import board_keys
from gantry.aws import ledger_keys as keys
from gantry.aws.approvals import Approvals, Delivery
from gantry.aws.board_items import open_approval_in
from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Answer, Outcome
from gantry.promotion.approval_link import Link, fingerprint, link_key
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.canary_question import CanaryQuestion, KnownOfCanary
from gantry.promotion.content_changes import ContentComparison
from gantry.promotion.environment_gate import EnvironmentGate
from gantry.promotion.interrupted_approval import as_it_is, stopped
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

MADE_UP: Any = {}
TRANSACTION_MET = {
    "Error": {"Code": "TransactionCanceledException"},
    "CancellationReasons": [{"Code": "TransactionConflict"}],
}
WRITE_MET = {"Error": {"Code": "TransactionConflictException"}}
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


def listed(table: "Table") -> list[ListedApproval]:
    """The approvals that wait for people."""
    found = table.query(KeyConditionExpression=Key("pk").eq("asked"))["Items"]
    return [open_approval_in(item) for item in found]


def meet(table: "Table", monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let another write come in the way of the first one, a transaction or not; return the tries."""
    tries: list[str] = []

    def refused_once(original: Callable[..., Any], error: dict[str, Any]) -> Callable[..., Any]:
        def written(**request: Any) -> Any:
            tries.append(error["Error"]["Code"])
            if len(tries) == 1:
                raise ClientError(MADE_UP | error, "made up")
            return original(**request)

        return written

    client = table.meta.client
    monkeypatch.setattr(client, "transact_write_items", refused_once(client.transact_write_items, TRANSACTION_MET))
    monkeypatch.setattr(table, "update_item", refused_once(table.update_item, WRITE_MET))
    return tries


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
        ("transact_write_items", lambda approvals, approval: approvals.open(approval)),
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
    error = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "TransactWriteItems")

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(table.meta.client, "transact_write_items", fail)

    with pytest.raises(ClientError, match="ThrottlingException"):
        approvals.change("approval-1", lambda each: each.answered(ANSWER, SNAPSHOT))


def test_an_approval_is_listed_as_long_as_it_waits_for_people(
    approvals: Approvals, approval: Approval, table: "Table"
) -> None:
    """With everybody who may answer by now, and who has approved; again, if its promotion goes on by a redrive."""
    approvals.open(approval)
    (first,) = listed(table)
    assert first == ListedApproval(
        id="approval-1",
        service="cowsay",
        environment="prod",
        digest=approval.release.digest,
        tag="4f0c2d1",
        execution="arn:promotion",
        requested_at=NOON,
        expires_at=EXPIRY,
        quorum=2,
        approvers=(ANN, BOB),
    )
    approvals.change("approval-1", lambda each: each.answered(ANSWER))
    assert listed(table) == [replace(first, approved_by=(ANN,))]
    approvals.change("approval-1", lambda each: stopped(each, NOON))
    assert listed(table) == []
    approvals.change("approval-1", lambda each: as_it_is(each, NOON))
    assert listed(table) == [replace(first, approved_by=(ANN,))]
    approvals.change("approval-1", lambda each: each.answered(replace(ANSWER, approver=BOB)))
    assert approvals.get("approval-1").outcome == "approved"
    assert listed(table) == []
    approvals.change("approval-1", lambda each: each.supersession_notified())
    assert listed(table) == [], "what changes after the end lists it no more"


@pytest.mark.parametrize("outcome", ["rejected", "expired", "superseded", "undeliverable", "keep_waiting"])
def test_whatever_ends_an_approval_takes_it_off_the_list(
    approvals: Approvals, approval: Approval, table: "Table", outcome: Outcome
) -> None:
    approvals.open(approval)
    approvals.change("approval-1", lambda each: each.ended(outcome, NOON))
    assert listed(table) == []


def test_a_question_about_a_canary_is_listed_with_its_target_and_weight(
    approvals: Approvals, approval: Approval, target: Target, table: "Table"
) -> None:
    canary = CanaryQuestion("8", "7", 5, 50, 2, 3, KnownOfCanary(("no requests",)), 3600)
    approvals.open(replace(approval, canary=canary))
    assert [(each.target_id, each.weight) for each in listed(table)] == [(target.id, 5)]


def test_a_change_that_is_not_made_lists_nothing(approvals: Approvals, approval: Approval, table: "Table") -> None:
    """A late change knows the approval as it was before it ended."""
    known = approvals.open(approval)
    approvals.change("approval-1", lambda each: each.ended("rejected", NOON))
    approvals.change("approval-1", lambda each: each.reminded(), known)
    approvals.open(approval)
    assert listed(table) == []


def test_an_approval_of_an_earlier_version_is_listed_with_its_first_change(
    approvals: Approvals, approval: Approval, table: "Table"
) -> None:
    approvals.open(approval)
    table.delete_item(Key=board_keys.open_approval("approval-1"))
    approvals.change("approval-1", lambda each: each.reminded())
    assert [each.id for each in listed(table)] == ["approval-1"]


@pytest.mark.parametrize(
    "attempt",
    [
        lambda approvals, each: approvals.open(replace(each, id="another")),
        lambda approvals, each: approvals.change(each.id, lambda now: now.reminded()),
        lambda approvals, each: approvals.wait(each.id, "token"),
        lambda approvals, each: approvals.mark_published(each.ended("approved", EXPIRY)),
    ],
    ids=["open", "change", "wait", "mark"],
)
def test_a_write_that_meets_another_one_is_made_after_it(
    approvals: Approvals,
    approval: Approval,
    table: "Table",
    monkeypatch: pytest.MonkeyPatch,
    attempt: Callable[[Approvals, Approval], object],
) -> None:
    approvals.open(approval)
    tries = meet(table, monkeypatch)
    attempt(approvals, approval)
    assert len(tries) == 2
