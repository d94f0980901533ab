"""The way into the workload accounts: the role that each has for the pipeline."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.exceptions import ClientError
from botocore.loaders import Loader, create_loader

from gantry.aws.clients import CONFIG, code_of, message_of
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

    A function keeps its sessions while it is warm, and renews each five minutes before it expires.

    Args:
        sts: the client of the pipeline's own account.
        role_name: the role in each workload account, with its path.
        external_id: what its trust policy asks for.
        now: the time.
    """

    def __init__(
        self,
        sts: "STSClient",
        role_name: str,
        external_id: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sts = sts
        self._role_name = role_name
        self._external_id = external_id
        self._now = now
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._sessions: dict[tuple[str, str], tuple[boto3.Session, datetime]] = {}

    def client(self, service: str, target: Target) -> Any:  # noqa: ANN401 -- boto3 makes its clients' classes at run time
        """Return the client of a service in the target's account and region. Each session has one client of a service.

        Raises:
            TargetAccessError: the account refuses the pipeline.
        """
        place = (target.account, target.region)
        session, expires_at = self._sessions.get(place, (None, self._now()))
        if session is None or expires_at - self._now() < _LEAST_LEFT:
            session, expires_at = self._enter(target)
            self._sessions[place] = (session, expires_at)
            self._clients = {key: each for key, each in self._clients.items() if key[1:] != place}
        key = (service, *place)
        if key not in self._clients:
            make: Any = session.client
            self._clients[key] = make(service, config=CONFIG)
        return self._clients[key]

    def _enter(self, target: Target) -> tuple[boto3.Session, datetime]:
        """Return a session with the rights of the role deployed there, and when it expires."""
        role = f"arn:aws:iam::{target.account}:role/{self._role_name}"
        try:
            credentials = self._sts.assume_role(
                RoleArn=role,
                RoleSessionName="gantry",
                ExternalId=self._external_id,
                DurationSeconds=_SECONDS,
            )["Credentials"]
        except ClientError as error:
            if code_of(error) != "AccessDenied":
                raise
            raise TargetAccessError(_what_to_deploy(target, role, message_of(error))) from error
        return _session(credentials, target.region), credentials["Expiration"]


def _session(credentials: "CredentialsTypeDef", region: str) -> boto3.Session:
    core = botocore.session.Session()
    core.register_component("data_loader", _service_descriptions())
    return boto3.Session(
        botocore_session=core,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=region,
    )


@cache
def _service_descriptions() -> Loader:
    """Read the SDK's descriptions of the services once. Reading them takes longer than most calls."""
    return create_loader()


def _what_to_deploy(target: Target, role: str, message: str) -> str:
    return (
        f"The account {target.account} refuses the pipeline as {role}. Deploy target/template.yaml there, with the "
        "pipeline's account as the parameter AssetsAccount, and with the pipeline's own ExternalId "
        f"({message})"
    )
