"""How to come to what finds the versions of references, one statement of the target role taken away."""

from collections.abc import Callable
from typing import Any

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import DEV
from tests.end_to_end.busy import Busy
from tests.end_to_end.preview_steps import preview_event

REFERRING = {"environment": {"URL": {"parameter": "/referred/url"}, "DB": {"secret": "referred/db", "key": "password"}}}


def put(pipeline: Pipeline, account: str, url: str, password: str) -> None:
    """Let both be there with these values, each as a new version."""
    ssm, secrets = (pipeline.stand_in.client(each, account) for each in ("ssm", "secretsmanager"))
    ssm.put_parameter(Name="/referred/url", Value=url, Type="SecureString", Overwrite=True)
    value = f'{{"password": "{password}"}}'
    try:
        secrets.put_secret_value(SecretId="referred/db", SecretString=value)
    except secrets.exceptions.ResourceNotFoundException:
        secrets.create_secret(Name="referred/db", SecretString=value)


def _preview(world: Busy) -> str:
    put(world.pipeline, DEV, "https://referred", "moo-moo")
    dev: dict[str, Any] = world.resting.environment("dev")
    world.resting.change(dev | {"configuration": REFERRING})
    with world.nothing_promoted():
        return world.said("PreviewPromotion", preview_event(world.resting.name, environment="dev"))


STEPS: dict[str, Callable[[Busy], str]] = {
    "Target:InvokeVersions.SeeWhichParametersThereAre": _preview,
    "Target:InvokeVersions.SeeWhichSecretsThereAre": _preview,
}
"""By the statement."""
