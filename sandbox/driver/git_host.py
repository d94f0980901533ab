"""A GitHub for the deployed pipeline: its App's key is in KMS, in the assets account."""

from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.git_host.server import APP_ID, GitHost
from sandbox.stand_in.process import StandIn

REPOSITORY = "acme/infra"


class DrivenGitHost(GitHost):
    """A GitHub with one repository, for one stand-in."""

    def __init__(self, stand_in: StandIn, folder: Path, files: Mapping[str, bytes]) -> None:
        kms = stand_in.client("kms", ASSETS)
        self._key_id = str(kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"])
        key = load_der_public_key(kms.get_public_key(KeyId=self._key_id)["PublicKey"])
        if not isinstance(key, RSAPublicKey):
            message = f"KMS has made a key that is no RSA key: {self._key_id}"
            raise TypeError(message)
        super().__init__(folder, files, key, REPOSITORY)

    @property
    def parameters(self) -> dict[str, str]:
        """Return the parameters by which the pipeline's stack writes to it."""
        return {"GitHubAppId": APP_ID, "GitHubAppKeyId": self._key_id, "GitHubApi": self.url}
