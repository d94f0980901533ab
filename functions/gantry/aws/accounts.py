"""The way into the workload accounts: each one's role for the pipeline."""

import os
import re
from functools import cache
from typing import TYPE_CHECKING, Self

import boto3
import botocore.session
from botocore.exceptions import ClientError
from botocore.loaders import Loader, create_loader

from gantry.aws.clients import client, code_of, message_of
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_sts.client import STSClient
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

_SECONDS = 900
"""The shortest session STS gives, and longer than any of the functions runs."""


class Accounts:
    """Every account that has deployed the target stack."""

    def __init__(self, sts: "STSClient", role_name: str, external_id: str) -> None:
        self._sts = sts
        self._role_name = role_name
        self._external_id = external_id

    @classmethod
    def from_env(cls) -> Self:
        """From the variables TARGET_ROLE (with its path, without a leading slash) and EXTERNAL_ID."""
        return cls(client("sts"), os.environ["TARGET_ROLE"], os.environ["EXTERNAL_ID"])

    def session(self, target: Target, session_name: str = "gantry") -> boto3.Session:
        """A session in the target's account and region, with the rights of the role deployed there.

        Args:
            target: whose account and region.
            session_name: what the workload account's CloudTrail tells its readers; what STS refuses in it is replaced.

        Raises:
            TargetAccessError: the account does not let the pipeline in.
        """
        role = f"arn:aws:iam::{target.account}:role/{self._role_name}"
        try:
            given = self._sts.assume_role(
                RoleArn=role,
                # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
                RoleSessionName=re.sub(r"[^\w+=,.@-]", "-", session_name, flags=re.ASCII)[:64],
                ExternalId=self._external_id,
                DurationSeconds=_SECONDS,
            )["Credentials"]
        except ClientError as error:
            if code_of(error) != "AccessDenied":
                raise
            raise TargetAccessError(_what_to_deploy(target, role, message_of(error))) from error
        return _session(given, target.region)


def _session(given: "CredentialsTypeDef", region: str) -> boto3.Session:
    core = botocore.session.Session()
    core.register_component("data_loader", _service_descriptions())
    return boto3.Session(
        botocore_session=core,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=region,
    )


@cache
def _service_descriptions() -> Loader:
    """What the SDK knows of each service. Every session would read it again, which takes longer than most calls do."""
    return create_loader()


def _what_to_deploy(target: Target, role: str, message: str) -> str:
    return (
        f"the account {target.account} does not let the pipeline in as {role}: deploy target/template.yaml there, with "
        "the parameter AssetsAccount naming the pipeline's account and ExternalId the same as the pipeline's own "
        f"({message})"
    )
