"""The key of the hashes that stand for masked values. It is apart from the ledger, whose readers could test guesses."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


class MaskingKey:
    """A secret of the pipeline's stack, read when it is first needed and kept while the function is warm.

    Args:
        secrets: the client.
        arn: the secret's ARN.
    """

    def __init__(self, secrets: "SecretsManagerClient", arn: str) -> None:
        self._secrets = secrets
        self._arn = arn
        self._read: bytes | None = None

    def as_bytes(self) -> bytes:
        """Return the key."""
        if self._read is None:
            self._read = self._secrets.get_secret_value(SecretId=self._arn)["SecretString"].encode()
        return self._read
