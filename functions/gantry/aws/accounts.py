"""The way into the workload accounts: the role that each has for the pipeline."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError

from gantry.aws.clients import CONFIG, MAKING, aws, code_of, message_of
from gantry.aws.session_policy import Right, reading, session_policy
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_sts.client import STSClient
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

_SECONDS = 900
"""The shortest session that STS gives, and longer than any of the functions runs."""
_LEAST_LEFT = timedelta(minutes=5)
"""A session with less time left is renewed: no function runs as long as this with one client."""


class Accounts:
    """Every account that has deployed the target stack.

    Each session is for one target, and may do nothing with any other one. A function keeps its sessions while it is
    warm, and renews each five minutes before it expires.

    Args:
        sts: the client of the pipeline's own account.
        role_name: the role in each workload account, with its path.
        external_id: what its trust policy asks for.
        rights: returns what is to be done with a target.
        now: the time.
        config: the time-outs and retries of the clients.
        session_name: what CloudTrail in a workload account calls the sessions.
        only_reads: whether the sessions may change nothing, whatever is to be done with a target.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- each is about something else
        self,
        sts: "STSClient",
        role_name: str,
        external_id: str,
        rights: Callable[[Target], Iterable[Right]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        config: Config = CONFIG,
        session_name: str = "gantry",
        *,
        only_reads: bool = False,
    ) -> None:
        self._sts = sts
        self._role_name = role_name
        self._external_id = external_id
        self._rights = rights
        self._now = now
        self._config = config
        self._session_name = session_name
        self._only_reads = only_reads
        self._sessions: dict[tuple[str, str, str], _Session] = {}

    def client(
        self, service: str, target: Target, rights: Iterable[Right] | None = None, config: Config | None = None
    ) -> Any:  # noqa: ANN401 -- boto3 makes its clients' classes at run time
        """Return the client of a service in the target's account and region. Each session has one client of a service.

        Several threads may ask at the same time.

        Args:
            service: as boto3 names it.
            target: whose account and region, and what the session is limited to.
            rights: what it is limited to instead.
            config: time-outs and retries other than all the clients'.

        Raises:
            TargetAccessError: the account refuses the pipeline, or STS refuses the length of the session policy.
        """
        wanted = self._rights(target) if rights is None else rights
        policy, now = session_policy(reading(wanted) if self._only_reads else wanted), self._now()
        key = (target.account, target.region, policy)
        found = self._sessions.get(key)
        if found is None or not found.lasts(now):
            found = self._enter(target, policy)
            with MAKING:
                others = {other: each for other, each in self._sessions.items() if each.lasts(now)}
                self._sessions = {**others, key: found}
        return found.client(service, config or self._config)

    def _enter(self, target: Target, policy: str) -> "_Session":
        """Return a session with as much of the rights of the role deployed there as the policy leaves it."""
        role = f"arn:{partition_of(target.region).name}:iam::{target.account}:role/{self._role_name}"
        try:
            credentials = self._sts.assume_role(
                RoleArn=role,
                RoleSessionName=self._session_name,
                ExternalId=self._external_id,
                Policy=policy,
                DurationSeconds=_SECONDS,
            )["Credentials"]
        except ClientError as error:
            match code_of(error):
                case "AccessDenied":
                    raise TargetAccessError(_what_to_deploy(target, role, message_of(error))) from error
                case "PackedPolicyTooLarge":
                    raise TargetAccessError(_what_to_shorten(target, message_of(error))) from error
                case _:
                    raise
        return _Session(credentials, target.region)


@dataclass(frozen=True, slots=True)
class _Session:
    """Credentials for one target, and the clients that have them."""

    credentials: "CredentialsTypeDef" = field(repr=False)
    region: str
    clients: dict[tuple[str, Config], Any] = field(default_factory=dict)

    def lasts(self, now: datetime) -> bool:
        """Whether a function that begins now can use it until the function's end."""
        return self.credentials["Expiration"] - now >= _LEAST_LEFT

    def client(self, service: str, config: Config) -> Any:  # noqa: ANN401 -- boto3 makes its clients' classes at run time
        """Return the session's client of a service.

        All sessions share what was read of the services' descriptions: reading that takes longer than most calls.
        """
        with MAKING:
            if (service, config) not in self.clients:
                make: Any = aws().client
                self.clients[service, config] = make(
                    service,
                    config=config,
                    region_name=self.region,
                    aws_access_key_id=self.credentials["AccessKeyId"],
                    aws_secret_access_key=self.credentials["SecretAccessKey"],
                    aws_session_token=self.credentials["SessionToken"],
                )
        return self.clients[service, config]


def _what_to_deploy(target: Target, role: str, message: str) -> str:
    return (
        f"{target.id}: the account {target.account} refuses the pipeline as {role}. Two things let it in. First, "
        f"{target.account} has to be in the parameter TargetAccounts of the pipeline's stack: sam deploy "
        f'--parameter-overrides TargetAccounts="<the accounts so far>,{target.account}" there, with its other '
        "parameters as before. Second, that account needs target/template.yaml, with the pipeline's account as the "
        f"parameter AssetsAccount, and with the pipeline's own PipelineName and ExternalId. AWS says: {message}"
    )


def _what_to_shorten(target: Target, message: str) -> str:
    return (
        f"{target.id}: its session policy is too long for STS. Shorten what the manifest names there, for example the "
        f"path of its role, and start the promotion manually ({message})"
    )
