"""The kinds of targets that cases are about, and which tasks' cases each of them needs."""

from dataclasses import dataclass

from sandbox.driver.artifact_bucket import ARTIFACTS
from sandbox.driver.ecs_service import CLUSTER
from sandbox.driver.live_bucket import BUCKETS
from sandbox.stand_in.accounts import DEV, PROD, REGION, STAGING
from sandbox.stories.chaos.ecs_target import ServiceTarget
from sandbox.stories.chaos.lambda_targets import LambdaTarget, ZipTarget
from sandbox.stories.chaos.machines import Task
from sandbox.stories.chaos.pointer_target import PointerTarget
from sandbox.stories.chaos.stage_target import StageTarget
from sandbox.stories.chaos.target import ELSEWHERE, Target

POLICY = f"""
bindings:
  - rule: functions
    services: [cowsay*, s3/{ARTIFACTS}/chaos/*]
    kind: lambda
    accounts: ["{DEV}", "{STAGING}", "{PROD}"]
    regions: [{REGION}, {ELSEWHERE}]
    targets: [cowsay*]
    roles: [cowsay*]
  - rule: pointers
    services: [s3/{ARTIFACTS}/chaos/*]
    kind: s3
    accounts: ["{PROD}"]
    regions: [{REGION}]
    targets: [s3/{BUCKETS[PROD]}/chaos/*]
  - rule: stages
    services: [s3/{ARTIFACTS}/chaos/*]
    kind: apigateway
    accounts: ["{PROD}"]
    regions: [{REGION}]
    targets: [apigateway/*]
  - rule: services
    services: [cowsay*]
    kind: ecs
    accounts: ["{PROD}"]
    regions: [{REGION}]
    targets: [ecs/{CLUSTER}/cowsay*]
"""
"""What the policy file has to say while cases run: S3 and API Gateway need bindings, and then all need them."""
_PREPARE = frozenset({"InspectTarget", "PrepareRevision"})
_SWITCH = frozenset({"SettleTarget", "CompleteDeployment", "RollBack", "RestoreVersion"})
_SPLIT = frozenset({"ShiftTraffic", "JudgeCanary"})
_WAITS = frozenset({"AwaitShift", "AwaitCompletion"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of target, as cases know it."""

    name: str
    """Begins with the name that manifests have for it."""
    target: type[Target]
    splits_traffic: bool
    states: frozenset[str] | None
    """The tasks that run code of this kind, which no other kind's cases cover; None for all that nothing slow needs."""
    machine_seconds: int = 25
    """The timeout of a machine that is to time out: long enough to reach any task, also on a busy machine."""

    def has(self, task: Task) -> bool:
        """Whether there are cases of this task."""
        return not task.is_slow if self.states is None else task.state in self.states

    @property
    def ends_it(self) -> str:
        """The task whose failure makes a deployment take the traffic back: the last one before which it has moved."""
        return "JudgeCanary" if self.splits_traffic else "RecordRelease"


IMAGES = Kind("lambda image", LambdaTarget, splits_traffic=True, states=None)
ZIPS = Kind("lambda zip", ZipTarget, splits_traffic=True, states=_PREPARE)
POINTERS = Kind("s3", PointerTarget, splits_traffic=False, states=_PREPARE | _SWITCH)
STAGES = Kind("apigateway", StageTarget, splits_traffic=True, states=_PREPARE | _SWITCH | _SPLIT)
SERVICES = Kind(
    "ecs", ServiceTarget, splits_traffic=True, states=_PREPARE | _SWITCH | _SPLIT | _WAITS, machine_seconds=45
)
KINDS = (IMAGES, ZIPS, POINTERS, STAGES, SERVICES)
