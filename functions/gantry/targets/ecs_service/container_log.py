"""Where people find what a container of a task has written."""

from gantry.targets.ecs_service.task_definition import TaskDefinition

_AWSLOGS = "awslogs"


def log_of(definition: TaskDefinition, container: str, task: str, region: str) -> str:
    """Return where the log is, for people.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html

    Args:
        definition: what the task was made of.
        container: the container's name.
        task: the task's ARN.
        region: the task's, which is not named.
    """
    configuration = (definition.container(container) or {}).get("logConfiguration") or {}
    driver, options = configuration.get("logDriver"), configuration.get("options") or {}
    if not driver:
        return "its task definition says of no log"
    if driver != _AWSLOGS:
        return f"its log goes to {driver}"
    elsewhere = f" in {there}" if (there := options.get("awslogs-region", region)) != region else ""
    prefix = options.get("awslogs-stream-prefix")
    stream = f", stream {prefix}/{container}/{task.rpartition('/')[2]}" if prefix else ""
    return f"its log is in the log group {options.get('awslogs-group', '?')}{elsewhere}{stream}"
