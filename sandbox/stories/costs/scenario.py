"""What the costs are computed for: so many promotions a month, and the way that each of them takes.

The calls are at most what `make bench promotion` counts of the demo's promotion, which goes the same way.
"""

from collections import Counter
from collections.abc import Mapping

from sandbox.stand_in.workspace import ROOT
from sandbox.stories.costs.walk import Way, entered

PROMOTIONS = 100
"""A month."""
LOOKS = 4
"""Of the judge at the last step, until it has seen enough."""
WAITS = 36
"""Retries of a promotion that only look whether Lambda has finished something: as many as on the stand-in. How long
Lambda takes is unverified."""
SECONDS = 1.0
"""That an invocation is billed for. An assumption, with its share of cold starts."""
LOG_BYTES = 3_000
"""That an invocation writes. An assumption."""

PROMOTION: Mapping[str, list[Way]] = {
    "IsRelease": ["PromoteThroughEnvironments"],
    "PromoteThroughEnvironments": [3],
    "IsApprovalNeeded": ["DeployInWaves", "DeployInWaves", "RequestApproval"],
    "IsDecided": ["AwaitDecision", "DeployInWaves"],
    "DeployInWaves": [1, 1, 1],
    "DeployWave": [1, 1, 1],
    "IsDone": ["PromotionCompleted"],
}
"""Three environments with one target each; the last one is approved by one person."""
AT_ONCE: Mapping[str, list[Way]] = {
    "CheckBeforeTraffic": [0],
    "IsCanaryToShift": ["ShiftStepByStep"],
    "ShiftStepByStep": [0],
}
"""A deployment without steps."""
STEP_BY_STEP: Mapping[str, list[Way]] = {
    **AT_ONCE,
    "ShiftStepByStep": [2],
    "IsStepDone": ["StepCompleted", *["Bake"] * (LOOKS - 1), "StepCompleted"],
}
"""A deployment with two steps, of which the last one is watched until enough is known."""
BESIDES = ("StartPromotion", "ShowApproval", "DecideApproval")
"""The functions that a promotion invokes outside of the machines."""
EVERY_TEN_MINUTES = ("RepairTarget", "ClosePromotion")
RUNS_A_MONTH = 31 * 24 * 6

CALLS: Mapping[str, int] = {
    "DynamoDB reads": 90,
    "DynamoDB writes": 45,
    "S3 reads": 20,
    "S3 lists": 12,
    "events": 14,
    "notifications": 2,
    "mails": 1,
}
"""At most, of a promotion. The bench fails above."""
NAMES: Mapping[str, tuple[str, ...]] = {
    "DynamoDB reads": ("GetItem", "Query", "BatchGetItem"),
    "DynamoDB writes": ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"),
    "S3 reads": ("GetObject", "HeadObject"),
    "S3 lists": ("ListObjects", "ListObjectsV2"),
    "events": ("PutEvents",),
    "notifications": ("Publish",),
}
"""The calls that each of these counts; mails are counted where they arrive."""
READ_UNITS = 2
"""Of a consistent read of up to 8 KB. An assumption: most items are smaller.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""
WRITE_UNITS = 4
"""Of a transaction of up to 2 KB. An assumption: few writes are larger, and most are no transactions."""
METRICS_A_LOOK = 12
"""Invocations, errors, throttles and three percentiles of both versions."""
METRICS = 22
"""Of the namespace `Gantry`, if all of them are used."""


def states() -> Counter[str]:
    """Return how often a promotion and its deployments enter each state."""
    folder = ROOT / "statemachine"
    deployment = folder / "deployment.asl.json"
    found = entered(folder / "promotion.asl.json", PROMOTION)
    for way in (AT_ONCE, AT_ONCE, STEP_BY_STEP):
        found += entered(deployment, way)
    return found


def transitions() -> int:
    """Return the state transitions of a promotion, without retries."""
    return states().total()
