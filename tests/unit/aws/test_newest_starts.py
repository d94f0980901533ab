from typing import TYPE_CHECKING

import pytest

from gantry.aws.newest_starts import NewestStarts
from gantry.promotion.claim import NewestStart

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

FIRST, SECOND = (
    NewestStart("cowsay", f"sha256:{name}@r1", f"arn:{name}", f"2026-11-22T12:00:0{at}.000Z")
    for at, name in enumerate(("first", "second"))
)


@pytest.fixture
def starts(table: "Table") -> NewestStarts:
    return NewestStarts(table)


def test_nothing_is_known_before_the_first_start(starts: NewestStarts) -> None:
    assert starts.of("cowsay") is None


@pytest.mark.parametrize("order", [(FIRST, SECOND), (SECOND, FIRST), (FIRST, SECOND, FIRST, SECOND)])
def test_the_newest_start_is_kept_in_whatever_order_they_are_written(
    starts: NewestStarts, order: tuple[NewestStart, ...]
) -> None:
    for each in order:
        starts.put(each)
    assert starts.of("cowsay") == SECOND
    assert starts.of("fortune") is None
