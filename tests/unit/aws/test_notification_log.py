import time
from typing import TYPE_CHECKING

import pytest

from gantry.aws.notification_log import NotificationLog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

DAY = 24 * 3600


@pytest.fixture
def log(table: "Table") -> NotificationLog:
    return NotificationLog(table)


def test_a_notification_is_marked_for_everybody(log: NotificationLog) -> None:
    assert not log.was_sent("arn:one")

    log.mark_sent("arn:one")
    log.mark_sent("arn:one")

    assert log.was_sent("arn:one")
    assert not log.was_sent("arn:other")


def test_the_table_forgets_it_only_when_step_functions_has_forgotten_the_execution(
    log: NotificationLog, table: "Table"
) -> None:
    log.mark_sent("arn:one")

    (item,) = table.scan()["Items"]
    assert time.time() + 90 * DAY < float(str(item["expires_at"])) < time.time() + 110 * DAY
