"""Credentials and clients for AWS services that act with a role.

A service assumes the role and signs its calls with the session's keys. Once such a session is registered, the role's
policies apply to each of its calls.
"""

import functools
import hashlib
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from ministack.services import sts

from sandbox.stand_in.settings import Settings


class Keys(NamedTuple):
    """The keys that sign a call."""

    access_key: str
    secret: str
    token: str | None = None


def role_keys(role_arn: str, session: str) -> Keys:
    """Return the keys of a session of the role; the same role and session name give the same keys."""
    digest = hashlib.sha256(f"{role_arn}:{session}".encode()).hexdigest()
    keys = Keys(f"ASIA{digest[:16].upper()}", digest, f"token-{digest}")
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    sts.register_session(
        keys.access_key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
            "UserId": f"{name}:{session}",
            "AccountId": account,
            "PrincipalType": "AssumedRole",
            "SecretAccessKey": keys.secret,
            "SessionToken": keys.token,
        },
    )
    return keys


@functools.lru_cache(maxsize=512)
def client(settings: Settings, service: str, region: str, keys: Keys) -> Any:  # noqa: ANN401 -- boto3's clients have no common type
    """Return a boto3 client that does not retry, and leaves the validation of parameters to the service."""
    session: Any = boto3.session.Session()  # typed for literal service names only
    made = session.client(
        service,
        endpoint_url=settings.endpoint,
        region_name=region,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret,
        aws_session_token=keys.token,
        config=Config(
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            read_timeout=900,
            max_pool_connections=256,
            inject_host_prefix=False,
        ),
    )
    made.meta.events.register("after-call.*.*", _name_the_request)
    return made


def _name_the_request(parsed: dict[str, Any], **_: object) -> None:
    metadata = parsed["ResponseMetadata"]
    metadata.setdefault("RequestId", metadata.get("HTTPHeaders", {}).get("x-amzn-requestid", "-"))
