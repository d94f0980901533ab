"""Whether the largest record of what is live fits into one item of DynamoDB."""

import json
import string
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger import Ledger
from gantry.promotion.carriage import carriage_of
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.judge.settings import JudgeSettings, MetricQuery, QueriedMetric
from gantry.promotion.live import EVIDENCE_LENGTH, LINEAGE_LENGTH, Live, LiveRevision
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.target import Target
from gantry.promotion.traffic import Step
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from gantry.targets.lambda_alias.schema import LARGEST_ENVIRONMENT
from tests.unit.largest_source import largest_source
from tests.unit.masked import MASKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

AT = "2026-11-22T12:00:00.000Z"
EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:"
ROLE = f"arn:aws:iam::444444444444:role/{'p' * 510}/{'r' * 64}"
LARGEST_ITEM = 400_000
SMALL = 10_000
"""What three items of a deployed revision may add to the transaction, in which all together may have 4 MB:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""


def size(value: object) -> int:
    """Bytes in an item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html."""
    if isinstance(value, Mapping):
        return 3 + sum(len(key.encode()) + size(each) + 1 for key, each in value.items())
    if isinstance(value, list):
        return 3 + sum(size(each) + 1 for each in value)
    text = str(value)
    return len(text.encode()) if isinstance(value, str) else len(text) // 2 + 2


def largest_variables() -> dict[str, str]:
    """The largest when masked: as many as Lambda takes, each with the shortest name and value that are masked."""
    letters = string.ascii_letters
    names = [f"{word}{each}" for word in ("pwd", "Pwd", "PWD") for each in letters]
    names += [f"{each}{word}" for word in ("pwd", "Pwd", "PWD") for each in letters]
    names += [f"{each}PWd" for each in string.ascii_uppercase] + [f"PWd{each}" for each in letters]
    found: dict[str, str] = {}
    for name in names:
        found[name] = "x"
        if len(json.dumps(found, separators=(",", ":"))) > LARGEST_ENVIRONMENT:
            del found[name]
            return found
    raise AssertionError("there is room for more")


def largest_carriage() -> dict[str, str]:
    people = tuple(f"arn:aws:iam::{number:012}:role/{'p' * 500}/{'n' * 64}" for number in range(40))
    asked = ApprovalPolicy(people[:20], 3600, escalate_to=people[20:], escalate_after_seconds=60)
    plan = tuple(Step(weight, 60) for weight in range(1, 100))
    query = MetricQuery("q" * 64, {"m": QueriedMetric("n" * 255, "m" * 255, "Sum", {"d": "v" * 1024})}, "m", at_most=1)
    judge = JudgeSettings(queries=(query,) * 10, slow_after_ms=900_000, every_step=True, advance_early=True)
    return carriage_of(Environment("prod", (), asked, plan, ("\N{COW}" * 255,) * 20, {}, judge))


def test_a_whole_lineage_fits_into_one_item_even_if_every_revision_is_as_large_as_it_can_be(
    table: "Table", target: Target
) -> None:
    long = "\N{COW}" * 1000
    configured = LambdaConfiguration(10240, 900, 10240, largest_variables(), [long], ROLE, [long], long)
    masked = {
        **configured.masked(MASKING),
        **Infrastructure({f"{number:18}": "subnet-0" * 100 for number in range(12)}).masked(MASKING),
    }
    assert all(value.startswith("#") for key, value in masked.items() if key.startswith("environment."))
    large = LiveRevision(
        revision="123456789",
        digest="sha256:" + "a" * 64,
        since=AT,
        tag="t" * 128,
        manifest_revision="L4kqtJlcpXroDTDmJ2rmSpXd3dIbrHY",
        execution=f"{EXECUTION:r<256}",
        promotion_started_at=AT,
        configuration=masked,
        evidence=({"weight": 99, "verdict": "healthy", "requests": 123_456_789_012},) * EVIDENCE_LENGTH,
        sequence=123_456_789,
        source=largest_source(),
    )
    live = Live("cowsay", "prod", target, large, (large,) * LINEAGE_LENGTH, 123_456_789, carried=largest_carriage())
    entry = HistoryEntry("cowsay", AT, HistoryKind.DEPLOYMENT_COMPLETED, str(large.execution), "prod", target.id)
    Ledger(table).record_end(entry, target, 0, live=live)

    assert size(table.get_item(Key=keys.live("cowsay", "prod", target.id))["Item"]) < LARGEST_ITEM
    deployed = [item for item in table.scan()["Items"] if str(item["sk"]).startswith("deployed#")]
    assert sum(map(size, deployed)) < SMALL
