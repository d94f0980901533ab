"""A release's standing is known also while somebody writes what it is read from."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.aws import ledger_keys as keys
from gantry.aws.leases import Leases
from gantry.aws.standings import Standing, Standings
from gantry.promotion.lease import Lease
from gantry.promotion.release import Release
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

CONFLICT = {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}, {"Code": "None"}]}
THROTTLED = {"CancellationReasons": [{"Code": "ThrottlingError"}, {"Code": "None"}, {"Code": "None"}]}
NOTHING: dict[str, Any] = {"Responses": [{}, {}, {}]}


@pytest.fixture
def read(table: "Table", target: Target, release: Release) -> Callable[[], Standing]:
    return lambda: Standings(table).towards(target, release, "prod")


def cancel(answers: Stubber, reasons: dict[str, Any], times: int) -> None:
    for _ in range(times):
        answers.add_client_error("transact_get_items", "TransactionCanceledException", modeled_fields=reasons)


def test_a_write_at_the_same_time_only_needs_another_try(
    table: "Table", target: Target, stubbed: Callable[[Any], Stubber], read: Callable[[], Standing]
) -> None:
    answers = stubbed(table.meta.client)
    cancel(answers, CONFLICT, 2)
    answers.add_response("transact_get_items", NOTHING)
    assert read() == Standing(Lease(target), None, None)


def test_while_writes_never_stop_the_items_are_read_one_by_one_and_the_lease_first(
    table: "Table",
    target: Target,
    release: Release,
    held: Lease,
    stubbed: Callable[[Any], Stubber],
) -> None:
    in_order = [
        keys.lease(target.id),
        keys.live("cowsay", "prod", target.id),
        keys.quarantine("cowsay", release.digest),
    ]
    answers = stubbed(table.meta.client)
    cancel(answers, CONFLICT, 3)
    for key in in_order:
        answers.add_response("get_item", {}, {"TableName": table.name, "Key": key, "ConsistentRead": True})
    assert Standings(table).towards(target, release, "prod") == Standing(Lease(target), None, None)


def test_another_reason_escapes(
    table: "Table", stubbed: Callable[[Any], Stubber], read: Callable[[], Standing]
) -> None:
    cancel(stubbed(table.meta.client), THROTTLED, 1)
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        read()


def test_what_is_read_at_one_moment_is_what_was_written(
    leases: Leases, held: Lease, read: Callable[[], Standing]
) -> None:
    assert read() == Standing(leases.get(held.target), None, None)
