"""How to come to what looks at references and their readers, one statement of the target role taken away."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import DEV, REGION
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


def let_read(pipeline: Pipeline, account: str, role: str) -> None:
    """Let a role read both, and nothing else."""
    place = f"{REGION}:{account}"
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": resource}
        for action, resource in (
            ("ssm:GetParameter", f"arn:aws:ssm:{place}:parameter/referred/*"),
            ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{place}:secret:referred/db-??????"),
        )
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam = pipeline.stand_in.client("iam", account)
    iam.put_role_policy(RoleName=role, PolicyName="ReadReferences", PolicyDocument=policy)


def _preview(world: Busy) -> str:
    put(world.pipeline, DEV, "https://referred", "moo-moo")
    dev: dict[str, Any] = world.resting.environment("dev")
    world.resting.change(dev | {"configuration": REFERRING})
    with world.nothing_promoted():
        return world.said("PreviewPromotion", preview_event(world.resting.name, environment="dev"))


STEPS: dict[str, Callable[[Busy], str]] = {
    "Target:InvokeVersions.SeeWhichParametersThereAre": _preview,
    "Target:InvokeVersions.SeeWhichSecretsThereAre": _preview,
    "Target:InvokeVersions.SeeWhatRolesMayRead": _preview,
}
"""By the statement."""
