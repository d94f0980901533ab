"""Makes the kind `ecs`."""

from datetime import UTC, datetime
from secrets import token_hex

from gantry.artifacts.container_image import image_uri
from gantry.aws.clients import ONCE
from gantry.aws.metric_data import MetricData
from gantry.promotion.deployment import Deployment
from gantry.promotion.target import Target
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.evidence import TargetGroupEvidence
from gantry.targets.ecs_service.inspection import Inspector
from gantry.targets.ecs_service.kind import EcsServiceKind
from gantry.targets.ecs_service.listener import Listener
from gantry.targets.ecs_service.one_off_tasks import OneOffTasks
from gantry.targets.ecs_service.rights import running_rights
from gantry.targets.ecs_service.service import EcsService
from gantry.targets.ecs_service.task_definitions import TaskDefinitions
from gantry.targets.kind_parts import KindParts


def make_kind(parts: KindParts) -> EcsServiceKind:
    """Make the kind with the pipeline's way into the workload accounts."""
    accounts = parts.accounts

    def service(target: Target) -> EcsService:
        once = accounts.client("ecs", target, config=ONCE)
        return EcsService(accounts.client("ecs", target), once, EcsTarget.of(target), lambda: token_hex(4))

    def evidence(target: Target) -> TargetGroupEvidence:
        metrics = MetricData(accounts.client("cloudwatch", target), target)
        return TargetGroupEvidence(metrics, service(target).state, parts.metrics_delay)

    def image(deployment: Deployment) -> str:
        return image_uri(deployment.release.artifact, parts.registry_account, deployment.target.region)

    return EcsServiceKind(
        service=service,
        definitions=lambda target: TaskDefinitions(accounts.client("ecs", target), EcsTarget.of(target)),
        inspector=lambda target: Inspector(service(target), Listener.in_account(accounts, target)),
        evidence=evidence,
        tasks=lambda target: OneOffTasks(
            accounts.client("ecs", target, rights=running_rights(target)), EcsTarget.of(target)
        ),
        image=image,
        now=lambda: datetime.now(UTC),
    )
