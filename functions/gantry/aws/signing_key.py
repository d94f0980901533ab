"""A key in KMS that signs for Gantry's GitHub App, so that nobody can read it."""

from typing import Any, Protocol


class KMSClient(Protocol):
    """What is used of boto3's client of KMS."""

    def sign(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as KMS takes it
        """Return the response with the `Signature`: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html"""


class SigningKey:
    """An RSA key in KMS.

    Args:
        kms: the client.
        arn: the key's ARN.
    """

    def __init__(self, kms: "KMSClient", arn: str) -> None:
        self._kms = kms
        self._arn = arn

    def sign(self, content: bytes) -> bytes:
        """Return the signature, by RSASSA-PKCS1-v1_5 with SHA-256, of up to 4,096 bytes."""
        algorithm = "RSASSA_PKCS1_V1_5_SHA_256"
        signed = self._kms.sign(KeyId=self._arn, Message=content, MessageType="RAW", SigningAlgorithm=algorithm)
        return bytes(signed["Signature"])
