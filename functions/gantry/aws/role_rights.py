"""Whether a program's role may read the parameters and secrets that its configuration refers to. No value is read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.clients import message_of
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

_READ_PARAMETERS = ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory", "ssm:GetParametersByPath")
"""Each of them returns values, and the last one is allowed on a path:
https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-retrieval-authorization.html"""
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
        wanted = dict.fromkeys([*parameters, *(path for arn in parameters for path in _paths_to(arn))])
        denials = self._simulation.denials(_READ_PARAMETERS, wanted)
        for arn, reference in parameters.items():
            if all(each in denials for each in (arn, *_paths_to(arn))):
                yield self._problem(reference, _READ_PARAMETERS[0], denials[arn])

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
        except (BotoCoreError, ClientError) as error:  # its own policy may be what refuses this
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
        remedy = "take out the statement that denies it" if denial.is_explicit else "allow it in a policy of the role"
        boundary = " and in its permissions boundary" if denial.by_boundary and not denial.is_explicit else ""
        return (
            f"the role {self._role} may not read {reference.called} in {self._place} ({action}): {remedy}{boundary}, "
            "and wait a minute before you promote again"
        )


def _paths_to(parameter: str) -> list[str]:
    """Return the ARNs of the paths that a parameter is below: of `…:parameter/cowsay/prod/url` two."""
    levels = parameter.split("/")
    return ["/".join(levels[:count]) for count in range(2, len(levels))]
