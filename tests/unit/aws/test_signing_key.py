"""The key that signs for the GitHub App."""

import boto3
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from moto import mock_aws

from gantry.aws.signing_key import SigningKey
from tests.unit.stubbed_aws import REGION

CONTENT = b"header.claims"


@mock_aws
def test_kms_signs_as_github_checks_it() -> None:
    kms = boto3.client("kms", REGION)
    arn = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    signature = SigningKey(kms, arn).sign(CONTENT)
    key = load_der_public_key(kms.get_public_key(KeyId=arn)["PublicKey"])
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(signature, CONTENT, padding.PKCS1v15(), hashes.SHA256())
