"""Credentials and clients for what an AWS service does with a role that was handed to it.

A service assumes the role and signs with the session's keys; registering such a session makes every one of its calls
subject to the role's policies.
"""

import functools
import hashlib
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from ministack.services import sts

from sandbox.stand_in.settings import Settings


class Keys(NamedTuple):
    """What signs a call."""

    access_key: str
    secret: str
    token: str | None = None


def role_keys(role_arn: str, session: str) -> Keys:
    """The keys of a session of the role, the same for the same role and session name."""
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
    """A boto3 client that leaves retries, and what a parameter must look like, to the service behind it."""
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
