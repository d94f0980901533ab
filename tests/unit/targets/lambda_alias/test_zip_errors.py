"""What Lambda's refusals of zips and layers mean. The texts are Lambda's own."""

import pytest
from botocore.exceptions import ClientError

from gantry.promotion.errors import ArtifactNotFoundError, IncompatibleTargetError, TargetAccessError
from gantry.promotion.gantry_error import GantryError
from gantry.targets.lambda_alias.lambda_errors import lambda_errors
from gantry.targets.lambda_alias.lambda_target import LambdaTarget

ROOT = "arn:aws:iam::222222222222:root"
# https://github.com/binxio/cfn-lb-ip-address-provider/issues/4
DENIED = (
    "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for "
    "acme-artifacts/cowsay.zip. S3 Error Code: AccessDenied. S3 Error Message: {}"
)
KEY_DENIED = "User: arn:aws:sts::222222222222:assumed-role/x is not authorized to perform: kms:Decrypt on resource: …"
# https://github.com/aws-samples/aws-codepipeline-bitbucket-integration/issues/7
ELSEWHERE = (
    "Error occurred while GetObject. S3 Error Code: PermanentRedirect. S3 Error Message: The bucket is in this region: "
    "eu-west-1. Please use this region to retry the request"
)
GONE = "Error occurred while GetObject. S3 Error Code: NoSuchVersion. S3 Error Message: The specified version …"
# https://github.com/axiomhq/axiom-lambda-extension/issues/35
LAYER_DENIED = (
    "User: arn:aws:sts::222222222222:assumed-role/x is not authorized to perform: lambda:GetLayerVersion on resource: "
    "arn:aws:lambda:us-east-1:580247275435:layer:otel:2 because no resource-based policy allows the "
    "lambda:GetLayerVersion action"
)
# https://github.com/serverless/serverless/issues/6792
TOO_LARGE = "Unzipped size must be smaller than 262144000 bytes"
OTHER_TYPE = "Please don't provide ImageUri when updating a function with packageType Zip."


@pytest.mark.parametrize(
    ("code", "said", "meaning", "remedy"),
    [
        ("AccessDeniedException", DENIED.format("Access Denied"), TargetAccessError, "ArtifactBuckets"),
        ("AccessDeniedException", DENIED.format("Access Denied"), TargetAccessError, ROOT),
        ("AccessDeniedException", DENIED.format(KEY_DENIED), TargetAccessError, "ArtifactKeyArns"),
        ("InvalidParameterValueException", ELSEWHERE, IncompatibleTargetError, "artifact.buckets"),
        ("InvalidParameterValueException", GONE, ArtifactNotFoundError, ""),
        ("AccessDeniedException", LAYER_DENIED, TargetAccessError, "LayerPatterns"),
        ("InvalidParameterValueException", TOO_LARGE, IncompatibleTargetError, ""),
        ("InvalidParameterValueException", OTHER_TYPE, IncompatibleTargetError, ""),
        # https://github.com/serverless-nextjs/serverless-next.js/issues/1801
        ("CodeStorageExceededException", "Code storage limit exceeded.", IncompatibleTargetError, "delete versions"),
        ("CodeVerificationFailedException", "The code signature failed …", IncompatibleTargetError, "sign it"),
        ("InvalidCodeSignatureException", "The code signature failed …", IncompatibleTargetError, "sign it again"),
    ],
)
def test_a_refusal_says_what_to_do(
    target: LambdaTarget, code: str, said: str, meaning: type[GantryError], remedy: str
) -> None:
    refusal = ClientError({"Error": {"Code": code, "Message": said}}, "UpdateFunctionCode")

    with pytest.raises(GantryError) as caught, lambda_errors(target):
        raise refusal

    assert type(caught.value) is meaning
    assert str(caught.value).startswith(f"{target.id}: {said}")
    assert remedy in str(caught.value).removeprefix(f"{target.id}: {said}")
