from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gantry.aws.ledger_items import is_condition_failure, item_in_the_way, to_item, to_record
from gantry.promotion.history import HistoryEntry, HistoryKind

SCALARS = st.text() | st.booleans() | st.integers(-(10**12), 10**12) | st.decimals(-1000, 1000, places=3).map(float)
NAMES = st.text("abc_", min_size=1, max_size=3)
FACTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=5)


@dataclass(frozen=True, slots=True)
class Note:
    text: str | None
    weight: float | None = None
    tags: tuple[str, ...] = ()


def test_an_item_has_decimals_where_a_record_has_floats_and_lists_where_it_has_tuples() -> None:
    assert to_item(Note("shifted", 7.5, ("a", "b"))) == {
        "text": "shifted",
        "weight": Decimal("7.5"),
        "tags": ["a", "b"],
    }


def test_what_is_none_is_left_out() -> None:
    assert to_item(Note("shifted")) == {"text": "shifted", "tags": []}
    assert (
        to_item(HistoryEntry("cowsay", "now", HistoryKind.CANARY_JUDGED, "arn", facts={"before": None}))["facts"] == {}
    )


def test_a_record_is_read_without_the_keys_and_what_newer_code_added() -> None:
    item = {"pk": "note#1", "sk": "note", "text": "shifted", "weight": Decimal(7), "colour": "red"}

    assert to_record(Note, item) == Note("shifted", 7)


def test_what_was_none_is_none_again() -> None:
    assert to_record(Note, {}) == Note(None)


def test_a_nested_record_replaces_what_is_stored_of_it() -> None:
    assert to_record(Note, {"text": "shifted", "tags": ["a"]}, tags=("a",)) == Note("shifted", tags=("a",))


# The first text that is drawn waits for a table of all characters, for seconds on a busy machine.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, FACTS, max_size=3))
def test_facts_survive_dynamodb(facts: dict[str, Any]) -> None:
    entry = HistoryEntry("cowsay", "2026-11-22T12:00:00.000Z", HistoryKind.CANARY_JUDGED, "arn", facts=facts)

    stored = TypeSerializer().serialize(to_item(entry))

    assert to_record(HistoryEntry, TypeDeserializer().deserialize(stored)) == entry


@pytest.mark.parametrize(
    ("code", "failed"), [("ConditionalCheckFailedException", True), ("ProvisionedThroughputExceededException", False)]
)
def test_a_failed_condition_is_distinguished_from_other_errors(code: str, failed: bool) -> None:
    assert is_condition_failure(ClientError({"Error": {"Code": code}}, "PutItem")) is failed


def test_the_item_that_failed_a_condition_comes_with_the_error() -> None:
    response: Any = {"Error": {"Code": "ConditionalCheckFailedException"}, "Item": {"owner": {"S": "arn"}}}

    assert item_in_the_way(ClientError(response, "PutItem")) == {"owner": "arn"}
