"""The secrets of a container.

Restores: the task's execution role reads them when the task starts, and has to be allowed to. A SecureString is
decrypted. The library needs no role, and gives what is encrypted.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html#task-execution-secrets
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html (the words)
"""

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs, ssm

from sandbox.stand_in.repairs.iam.decisions import role_may
from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_WHAT = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed"


class SecretError(Exception):
    """A container has no secrets. The message is why its task stops."""


def apply(settings: Settings) -> None:
    """Decrypt what a container gets."""
    put_in_front(ssm, "resolve_parameter_value", _decrypted)


def secrets_of(container: Json, role: str) -> dict[str, str]:
    """Return the secrets of a container definition, read with a role. Raises SecretError."""
    for each in container.get("secrets") or []:
        action, arn = _needed(each["valueFrom"])
        if not role or not role_may(role, action, arn, get_region()):
            raise SecretError(f"{_WHAT}: {role} is not authorized to perform: {action} on resource: {arn}")
    try:
        found: dict[str, str] = ecs._resolve_container_secrets(container)
    except ecs._SecretResolutionError as error:
        raise SecretError(f"{_WHAT}: {error}") from error
    return found


def _needed(value_from: str) -> tuple[str, str]:
    """Return the action and the resource that a reference needs. A secret's may end with a key and a version."""
    parts = value_from.split(":")
    if "secretsmanager" in parts:
        return "secretsmanager:GetSecretValue", ":".join(parts[:7])
    if parts[0] == "arn":
        return "ssm:GetParameters", value_from
    return "ssm:GetParameters", f"arn:aws:ssm:{get_region()}:{get_account_id()}:parameter/{value_from.lstrip('/')}"


def _decrypted(original: Original, name: str, *rest: object, **options: object) -> object:
    """Decrypt what ECS asks for: it gives the name only. Others say what they want."""
    return original(name, *rest, **(options or {"decrypt": not rest}))
