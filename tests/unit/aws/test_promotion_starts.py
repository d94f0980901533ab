from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from gantry.aws.promotion_starts import PromotionStarts
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.promotion_start import PromotionStart

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

AT, NOW = "2026-11-22T09:30:00.000Z", "2026-11-22T09:30:01.000Z"
CALL = PromotionStart("call-one", AT, "cowsay", "4f0c2d1", None, ("dev", "prod"), "it is safe now", "arn:one")


@pytest.fixture
def starts(table: "Table") -> PromotionStarts:
    return PromotionStarts(table)


def test_a_record_is_found_by_its_executions_name_as_it_was_written(starts: PromotionStarts) -> None:
    assert starts.add(CALL) is None
    assert starts.get("call-one", NOW) == CALL
    assert starts.get("call-two", NOW) is None


def test_the_first_record_of_a_name_stays(starts: PromotionStarts) -> None:
    starts.add(CALL)
    assert starts.add(replace(CALL, tag="another", called_by="arn:two")) == CALL
    assert starts.get("call-one", NOW) == CALL


def test_an_expired_record_gives_its_place_away(starts: PromotionStarts) -> None:
    starts.add(CALL)
    later = replace(CALL, at="2026-12-20T09:30:01.000Z", tag="another")
    assert starts.add(later) is None
    assert starts.get("call-one", later.at) == later


def test_a_record_that_has_expired_is_none_although_it_is_still_there(starts: PromotionStarts, table: "Table") -> None:
    starts.add(CALL)
    assert starts.get("call-one", CALL.expires_at) is None
    (item,) = table.scan()["Items"]
    assert item["expires_at"] == 1797759000  # 2026-12-20T09:30:00Z


def test_a_record_of_an_object_is_found_as_it_was_written(starts: PromotionStarts) -> None:
    call = replace(CALL, service="s3/acme-artifacts/glue/etl.py", artifact=ArtifactKind.S3_OBJECT, version_id="3/L4k")
    starts.add(call)
    assert starts.get("call-one", NOW) == call


def test_a_record_of_before_there_were_objects_is_of_an_image(starts: PromotionStarts, table: "Table") -> None:
    starts.add(CALL)
    (item,) = table.scan()["Items"]
    new = {"service", "artifact", "version_id"}
    start = cast("dict[str, Any]", item["start"])
    older = {key: value for key, value in start.items() if key not in new}
    table.put_item(Item=item | {"start": older | {"repository": "cowsay"}})
    assert starts.get("call-one", NOW) == CALL
    assert starts.add(CALL) == CALL
