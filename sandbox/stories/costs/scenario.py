"""What the costs are computed for: so many promotions a month, and the way that each of them takes.

What is at most so much is a little more than the demo's promotion takes, which goes the same way: its second one, with
a policy file and warm functions. `make bench PARTS=promotion` fails above.
"""

from collections import Counter
from collections.abc import Mapping

from sandbox.stand_in.workspace import ROOT
from sandbox.stories.costs.walk import Way, entered

PROMOTIONS = 100
"""A month."""
LOOKS = 5
"""Of the judge at the last step, until it has seen enough, at most: three or four in November 2026."""
WAITS = 20
"""Retries of a promotion that wait until Lambda has finished something, at most: 6 in November 2026 on the stand-in, 18
on a busy machine. How long Lambda takes is unverified."""
SECONDS = 1.0
"""That an invocation is billed for. An assumption, with its share of cold starts."""
LOG_BYTES = 3_000
"""That an invocation writes. An assumption."""

PROMOTION: Mapping[str, list[Way]] = {
    "IsRelease": ["CheckAllEnvironments"],
    "PromoteThroughEnvironments": [3],
    "IsInfrastructureNeeded": ["CheckGates"] * 3,
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
BESIDES = ("StartPromotion", "ShowApproval", "DecideApproval", *["WriteLiveParameters"] * 3)
"""The functions that a promotion invokes outside of the machines; the last one after each deployment."""
EVERY_TEN_MINUTES = ("RepairTarget", "ClosePromotion")
RUNS_A_MONTH = 31 * 24 * 6
ALARMS_A_MONTH = 10_000
"""How often alarms of the workload accounts change to ALARM. An assumption: 14 an hour, whatever they watch. Each is
forwarded, because no event pattern knows which bakes run."""

CALLS: Mapping[str, int] = {
    "DynamoDB reads": 56,
    "DynamoDB transactional reads": 10,
    "DynamoDB writes": 37,
    "S3 reads": 17,
    "S3 writes and lists": 0,
    "events": 13,
    "notifications": 1,
    "mails": 1,
}
"""At most, of a promotion. In November 2026: 49, 9, 29, 14, 0, 12, 1 and 1. Six of the reads after each deployment are
those of WriteLiveParameters: three a look, and it looks twice. The last ones may come after the promotion's end."""
NAMES: Mapping[str, tuple[str, ...]] = {
    "DynamoDB reads": ("GetItem", "Query", "BatchGetItem"),
    "DynamoDB transactional reads": ("TransactGetItems",),
    "DynamoDB writes": ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"),
    "S3 reads": ("GetObject", "HeadObject", "GetBucketVersioning", "GetBucketLifecycleConfiguration"),
    "S3 writes and lists": ("PutObject", "CopyObject", "ListObjects", "ListObjectsV2", "ListObjectVersions"),
    "events": ("PutEvents",),
    "notifications": ("Publish",),
}
"""The calls that each of these counts; mails are counted where they arrive."""
READ_UNITS = 2
"""Of a consistent read of up to 8 KB. An assumption: most items are smaller.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""
TRANSACTIONAL_READ_UNITS = 6
"""Of a transaction that reads three items of up to 4 KB: two units for each. See the same page."""
WRITE_UNITS = 4
"""Of a transaction of up to 2 KB. An assumption: few writes are larger, and most are no transactions."""
METRICS_A_LOOK = 12
"""Invocations, errors, throttles and three percentiles of both versions."""
METRICS = 25
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
