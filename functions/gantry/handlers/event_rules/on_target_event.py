"""OnTargetEvent: ends the waits for a target whose service says that something has happened. Invoked by EventBridge."""

from typing import Any

from pydantic import BaseModel, Field

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.end_waits import end_waits


class ServiceDetail(BaseModel):
    """The part of the event's detail that matters here."""

    service: str | None = Field(default=None, alias="serviceArn")


class ServiceEvent(BaseModel):
    """An event of a service of ECS, forwarded from the account in which it is.

    `ECS Deployment State Change` names the service as its resource. `ECS Hook State Change` names the deployment there,
    and the service in its detail:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_hook_state_change_events.html
    """

    resources: tuple[str, ...] = Field(min_length=1)
    detail: ServiceDetail

    @property
    def target_arn(self) -> str:
        """The ARN of the target that it is about."""
        return self.detail.service or self.resources[0]


entry.at_start(lambda services: (services.bakes, services.executions), ServiceEvent)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return how many waits were `ended`."""
    return entry.payload(end_waits(entry.parse(ServiceEvent, event).target_arn, entry.services()))
