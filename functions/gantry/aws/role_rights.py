"""Whether a program's role may read the parameters and secrets that its configuration refers to. No value is read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.clients import code_of, message_of
from gantry.aws.policy_simulation import Denial, NoSuchRoleError, PolicySimulation
from gantry.aws.referenced_versions import FoundVersions, secrets_arn
from gantry.aws.session_policy import Right
from gantry.observability import logger
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.references.reference import PARAMETER, Reference
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

_READ_PARAMETERS = ("ssm:GetParameter", "ssm:GetParameters")
"""Either reads one by its name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html"""
_READ_SECRETS = ("secretsmanager:GetSecretValue",)
"""BatchGetSecretValue needs it too: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html"""


def simulating_rights(target: Target, role: str) -> tuple[Right, ...]:
    """Return what a session may do that asks what one role may read."""
    return (
        Right(("iam:SimulatePrincipalPolicy",), (role,)),
        Right(("secretsmanager:GetResourcePolicy",), (secrets_arn(target),)),
    )


class RoleRights:
    """What one role may read in one account and region.

    Args:
        simulation: says what the role's own policies allow.
        secrets: the client of the secrets there.
        target: whose program has the role.
        role: its ARN.
    """

    def __init__(
        self, simulation: PolicySimulation, secrets: "SecretsManagerClient", target: Target, role: str
    ) -> None:
        self._simulation = simulation
        self._secrets = secrets
        self._target = target
        self._role = role

    def problems(self, found: FoundVersions) -> tuple[str, ...]:
        """Return what the role surely may not read of what is there, each with what to do.

        Raises:
            TargetAccessError: the account does not let the pipeline ask.
        """
        try:
            return (*self._of_parameters(found), *self._of_secrets(found))
        except NoSuchRoleError:
            return (
                f"there is no role {self._role}, with which {self._target.id} is to read what its configuration refers "
                "to: create it, or correct the role that the manifest or the infrastructure names",
            )
        except ClientError as error:
            raise TargetAccessError(
                f"the pipeline may not see what roles may read in {self._place}: deploy the current "
                f"target/template.yaml there, and look for a policy that denies it ({message_of(error)})"
            ) from error

    @property
    def _place(self) -> str:
        return f"{self._target.account}/{self._target.region}"

    def _of_parameters(self, found: FoundVersions) -> Iterator[str]:
        parameters = {self._parameter_arn(each): each for each in found.versions if each.store == PARAMETER}
        for arn, denial in self._simulation.denials(_READ_PARAMETERS, parameters).items():
            yield self._problem(parameters[arn], _READ_PARAMETERS[0], denial)

    def _of_secrets(self, found: FoundVersions) -> Iterator[str]:
        secrets = {arn: each for each, arn in found.secret_arns.items()}
        for arn, denial in self._simulation.denials(_READ_SECRETS, secrets).items():
            if denial.is_explicit or not self._may_have_policy(arn):
                yield self._problem(secrets[arn], _READ_SECRETS[0], denial)

    def _may_have_policy(self, secret: str) -> bool:
        """Whether a secret has a policy of its own, or may have. Such a policy may let the role read it, and no other.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
        """
        try:
            has_policy = bool(self._secrets.get_resource_policy(SecretId=secret).get("ResourcePolicy"))
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and code_of(error).startswith("AccessDenied"):
                raise
            logger.warning("not known whether a secret has a policy", secret=secret, reason=str(error))
            return True
        if has_policy:
            logger.info("a secret's own policy is not looked at", secret=secret, role=self._role)
        return has_policy

    def _parameter_arn(self, reference: Reference) -> str:
        partition, place = partition_of(self._target.region).name, f"{self._target.region}:{self._target.account}"
        return f"arn:{partition}:ssm:{place}:parameter/{reference.name.removeprefix('/')}"

    def _problem(self, reference: Reference, action: str, denial: Denial) -> str:
        """Return it with what to do. A change of a policy takes some time to be seen everywhere:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency .
        """
        remedy = "take out what denies it" if denial.is_explicit else "allow it there"
        where = ", in its permissions boundary too" if denial.by_boundary else ""
        return (
            f"the role {self._role} may not read {reference.called} in {self._place} ({action}): {remedy}{where}, and "
            "wait a minute before you promote again"
        )
