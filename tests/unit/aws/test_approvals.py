from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from aws.approvals import Approvals
from promotion.approval import Approval, link_key
from promotion.release import Release

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

ANN, BOB = "ann@example.com", "bob@example.com"
LINKS = {link_key("link-of-ann"): ANN, link_key("link-of-bob"): BOB}
NOON, EXPIRY = "2026-11-22T12:00:00.000Z", "2026-11-25T12:00:00.000Z"


@pytest.fixture
def approvals(table: "Table") -> Approvals:
    return Approvals(table)


@pytest.fixture
def approval(release: Release) -> Approval:
    return Approval(
        id="approval-1",
        environment="prod",
        release=release,
        live=None,
        approvers=(ANN, BOB),
        execution="arn:promotion",
        requested_at=NOON,
        expires_at=EXPIRY,
    )


def test_each_link_leads_to_the_approval_and_its_approver(approvals: Approvals, approval: Approval) -> None:
    approvals.open(approval, "token-1", LINKS)

    assert approvals.find(link_key("link-of-ann")) == (approval, ANN)
    assert approvals.find(link_key("link-of-bob")) == (approval, BOB)


def test_a_link_that_was_never_sent_leads_nowhere(approvals: Approvals, approval: Approval) -> None:
    approvals.open(approval, "token-1", LINKS)

    assert approvals.find(link_key("guessed")) is None


def test_who_looks_is_not_given_the_token(
    approvals: Approvals, table: "Table", stubbed: Callable[[Any], Stubber]
) -> None:
    """The answers are what DynamoDB gives for a projection on `approval`: nothing else is asked for."""
    answers = stubbed(table.meta.client)
    answers.add_response("get_item", {"Item": {"approval_id": {"S": "approval-1"}, "approver": {"S": ANN}}})
    asked = {
        "TableName": "ledger",
        "Key": {"pk": "approval#approval-1", "sk": "approval"},
        "ProjectionExpression": "approval",
        "ConsistentRead": True,
    }
    answers.add_client_error("get_item", "Stop", expected_params=asked)

    with pytest.raises(ClientError, match="Stop"):
        approvals.find(link_key("link-of-ann"))


def test_the_token_is_there_for_who_decides(approvals: Approvals, approval: Approval) -> None:
    approvals.open(approval, "token-1", LINKS)

    assert approvals.task_token("approval-1") == "token-1"


def test_a_retry_asks_anew_with_its_own_token_and_links(approvals: Approvals, approval: Approval) -> None:
    approvals.open(approval, "token-1", LINKS)
    approvals.open(approval, "token-2", {link_key("second-link-of-ann"): ANN})

    assert approvals.task_token("approval-1") == "token-2"
    assert approvals.find(link_key("second-link-of-ann")) == (approval, ANN)
    assert approvals.find(link_key("link-of-ann")) == (approval, ANN)


def test_the_table_forgets_links_a_month_after_the_approval_expired(
    approvals: Approvals, approval: Approval, table: "Table"
) -> None:
    approvals.open(approval, "token-1", LINKS)

    items = {str(item["sk"]): item for item in table.scan()["Items"]}

    assert items["link"]["expires_at"] == int(datetime(2026, 12, 25, 12, 0, tzinfo=UTC).timestamp())
    assert "expires_at" not in items["approval"]


def test_a_decision_is_kept_with_who_when_why_and_from_where(
    approvals: Approvals, approval: Approval, table: "Table"
) -> None:
    approvals.open(approval, "token-1", LINKS)

    decided = approvals.decide("approval-1", "rejected", ANN, NOON, "not on a Friday", "203.0.113.7", "curl/8")

    assert decided == replace(approval, decision="rejected", decided_by=ANN, decided_at=NOON, reason="not on a Friday")
    assert approvals.find(link_key("link-of-bob")) == (decided, BOB)
    stored = table.get_item(Key={"pk": "approval#approval-1", "sk": "approval"})["Item"]
    assert stored["decided_from"] == {"source_ip": "203.0.113.7", "user_agent": "curl/8"}


def test_a_decision_needs_no_reason(approvals: Approvals, approval: Approval) -> None:
    approvals.open(approval, "token-1", LINKS)

    assert approvals.decide("approval-1", "approved", ANN, NOON, None, "203.0.113.7", "curl/8").reason is None


def test_a_decision_counts_once(approvals: Approvals, approval: Approval) -> None:
    approvals.open(approval, "token-1", LINKS)
    first = approvals.decide("approval-1", "approved", ANN, NOON, None, "203.0.113.7", "curl/8")

    second = approvals.decide("approval-1", "rejected", BOB, NOON, "too late", "203.0.113.8", "curl/8")

    assert second == first


@pytest.mark.parametrize("at", [EXPIRY, "2026-11-25T12:00:00.001Z"])
def test_an_approval_that_has_expired_is_not_decided(approvals: Approvals, approval: Approval, at: str) -> None:
    approvals.open(approval, "token-1", LINKS)

    assert approvals.decide("approval-1", "approved", ANN, at, None, "203.0.113.7", "curl/8") == approval


def test_an_approval_that_was_never_asked_for_is_not_decided(approvals: Approvals) -> None:
    with pytest.raises(LookupError, match="approval-1"):
        approvals.decide("approval-1", "approved", ANN, NOON, None, "203.0.113.7", "curl/8")
    with pytest.raises(LookupError, match="approval-1"):
        approvals.task_token("approval-1")


def test_an_unknown_error_escapes(approvals: Approvals, table: "Table", stubbed: Callable[[Any], Stubber]) -> None:
    stubbed(table.meta.client).add_client_error("update_item", "ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        approvals.decide("approval-1", "approved", ANN, NOON, None, "203.0.113.7", "curl/8")


def test_the_environment_names_the_table(approvals: Approvals, approval: Approval) -> None:
    approvals.open(approval, "token-1", LINKS)

    assert Approvals.from_env().task_token("approval-1") == "token-1"
