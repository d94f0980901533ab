"""A state machine calls AWS as its role.

Restores: a task has the permissions of the machine's role. With `Credentials`, the machine's role first assumes the
role that is named there. The engine calls with fixed keys and does not assume the role of `Credentials`.
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
"""

import sys
from dataclasses import dataclass
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import Credentials, StateCredentials
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.stand_in.repairs.role_sessions import Keys, client, role_keys
from sandbox.stand_in.settings import Settings

_MAKES_CLIENTS = "boto_client_for"


@dataclass
class AssumedCredentials(StateCredentials):
    """The role of a task's `Credentials`, and the machine's role, which assumes it."""

    machine_role_arn: str


def apply(settings: Settings) -> None:
    """Sign the engine's calls with the role's keys."""

    def boto_client_for(region: str, service: str, state_credentials: StateCredentials) -> Any:  # noqa: ANN401
        return client(settings, service, region, _keys(settings, region, state_credentials))

    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions") and hasattr(module, _MAKES_CLIENTS):
            setattr(module, _MAKES_CLIENTS, boto_client_for)
    Credentials._eval_body = _remember_the_machine_role


def _keys(settings: Settings, region: str, credentials: StateCredentials) -> Keys:
    if not isinstance(credentials, AssumedCredentials):
        return role_keys(credentials.role_arn, "StepFunctions")
    machine = role_keys(credentials.machine_role_arn, "StepFunctions")
    assumed = client(settings, "sts", region, machine).assume_role(
        RoleArn=credentials.role_arn, RoleSessionName="StepFunctions"
    )["Credentials"]
    return Keys(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])


def _remember_the_machine_role(self: Credentials, env: Environment) -> None:
    self.role_arn.eval(env=env)
    env.stack.append(AssumedCredentials(env.stack.pop(), env.aws_execution_details.role_arn))
