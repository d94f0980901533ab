"""What is read of the ledger together."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import to_item
from gantry.aws.standings import StandingAtGate, Standings
from gantry.promotion.lease import Lease
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.promotion.release import Release
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

AT = "2026-11-22T12:00:00.000Z"


@pytest.fixture
def standings(table: "Table") -> Standings:
    return Standings(table)


@pytest.fixture
def requests(table: "Table") -> Iterator[list[Mapping[str, Any]]]:
    """What is read in batches, call by call."""
    found: list[Mapping[str, Any]] = []
    events, name = table.meta.client.meta.events, "provide-client-params.dynamodb.BatchGetItem"

    def see(params: Mapping[str, Any], **_: Any) -> None:
        found.append(params["RequestItems"]["ledger"])

    events.register(name, see)
    yield found
    events.unregister(name, see)


@pytest.fixture
def quarantine(table: "Table", release: Release) -> Quarantine:
    """The release's, as the ledger keeps it."""
    found = Quarantine("cowsay", release.digest, AT, "the alarm too-many-errors", "arn:deployment")
    keep(table, found)
    return found


def keep(table: "Table", kept: Quarantine) -> None:
    table.put_item(Item=keys.quarantine(kept.service, kept.digest) | to_item(kept))


def numbered(target: Target, number: int) -> Target:
    return replace(target, name=f"cowsay/{number}")


def test_the_quarantine_and_all_leases_are_read_by_one_consistent_call(
    standings: Standings, release: Release, held: Lease, quarantine: Quarantine, requests: list[Mapping[str, Any]]
) -> None:
    others = [numbered(held.target, number) for number in range(39)]

    found = standings.at_gate(release, [*others, held.target])

    assert found == StandingAtGate(quarantine, (*map(Lease, others), held))
    assert [each["ConsistentRead"] for each in requests] == [True]


def test_more_targets_than_one_call_may_name_are_read_by_several(
    standings: Standings, release: Release, held: Lease, requests: list[Mapping[str, Any]]
) -> None:
    others = [numbered(held.target, number) for number in range(150)]

    found = standings.at_gate(release, [*others, held.target])

    assert found == StandingAtGate(None, (*map(Lease, others), held))
    assert [len(each["Keys"]) for each in requests] == [100, 52]


def test_what_an_answer_leaves_out_is_asked_for_again(
    table: "Table", standings: Standings, release: Release, held: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, asked = table.meta.client, []
    in_full = client.batch_get_item

    def one_at_a_time(RequestItems: Any) -> Any:  # noqa: N803 -- as boto3 has it
        first, *others = RequestItems["ledger"]["Keys"]
        asked.append(len(others) + 1)
        answer = in_full(RequestItems={"ledger": RequestItems["ledger"] | {"Keys": [first]}})
        left = {"ledger": RequestItems["ledger"] | {"Keys": others}} if others else {}
        return {**answer, "UnprocessedKeys": left}

    monkeypatch.setattr(client, "batch_get_item", one_at_a_time)
    assert standings.at_gate(release, [held.target]) == StandingAtGate(None, (held,))
    assert asked == [2, 1]


def test_what_was_released_from_quarantine_is_in_none(
    table: "Table", standings: Standings, target: Target, release: Release, quarantine: Quarantine
) -> None:
    keep(table, replace(quarantine, released=QuarantineRelease(AT, "fixed", "arn:promotion")))
    assert standings.at_gate(release, [target]) == StandingAtGate(None, (Lease(target),))
