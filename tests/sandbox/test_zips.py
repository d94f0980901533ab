"""Functions from zips in S3: whose rights count, which version runs, and what is refused in which words."""

import base64
import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.host import PYTHON
from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_role, a_version, allow, invoke, new_name, settled, zip_of

HELLO, MOO = (zip_of(f"def handler(event, context):\n    return {word!r}") for word in ("hello", "moo"))
KEY = "team/cowsay.zip"
ON_LAMBDA = allow(["lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"])
PASS = allow("iam:PassRole")


def sha256_of(zipped: bytes) -> str:
    return base64.b64encode(hashlib.sha256(zipped).digest()).decode()


@pytest.fixture(scope="module")
def s3(aws: StandIn) -> Any:
    return aws.client("s3", ASSETS)


@pytest.fixture
def bucket(s3: Any) -> str:
    """One that keeps versions, and that another account may read by version."""
    name = new_name("artifacts")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    share(s3, name, "s3:GetObjectVersion")
    return name


def share(s3: Any, bucket: str, *actions: str, only: str | None = None) -> None:
    statement: Json = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{DEV}:root"},
        "Action": list(actions),
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    if only:
        statement["Condition"] = {"ArnLike": {"aws:PrincipalArn": only}}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def uploaded(s3: Any, bucket: str, zipped: bytes) -> Json:
    version = s3.put_object(Bucket=bucket, Key=KEY, Body=zipped)["VersionId"]
    return {"S3Bucket": bucket, "S3Key": KEY, "S3ObjectVersion": version}


def a_zip_function(aws: StandIn, code: Json, client: Any = None, account: str = DEV, **more: Any) -> str:
    name = new_name("function")
    (client or aws.client("lambda", account)).create_function(
        FunctionName=name,
        Role=a_role(aws, account=account),
        Runtime=f"python{PYTHON}",
        Handler="app.handler",
        Code=code,
        **more,
    )
    settled(aws, name, account)
    return name


def acting_in_dev(aws: StandIn, *statements: Json, service: str = "lambda") -> Any:
    """A client of a role in another account than the bucket's."""
    return acting_as(aws, a_role(aws, *statements, trusts={"AWS": DEV}, account=DEV), service)


def acting_as(aws: StandIn, role: str, service: str) -> Any:
    keys = aws.client("sts", DEV).assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    return aws.session_client(service, REGION, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def test_each_version_runs_the_zip_that_it_was_published_with_and_has_its_sha256(
    aws: StandIn, s3: Any, bucket: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html: CodeSha256."""
    client, first, second = aws.client("lambda", DEV), uploaded(s3, bucket, HELLO), uploaded(s3, bucket, MOO)
    function = a_zip_function(aws, first)
    one = a_version(aws, function, account=DEV)
    client.update_function_code(FunctionName=function, **second)
    settled(aws, function, DEV)
    two = a_version(aws, function, account=DEV)

    described = [client.get_function(FunctionName=function, Qualifier=each)["Configuration"] for each in (one, two)]
    assert [each["CodeSha256"] for each in described] == [sha256_of(HELLO), sha256_of(MOO)]
    assert [each["PackageType"] for each in described] == ["Zip", "Zip"]
    assert [invoke(aws, function, account=DEV, Qualifier=each)["Payload"] for each in (one, two)] == ["hello", "moo"]


def test_an_older_version_of_the_object_is_what_runs_when_it_is_named(aws: StandIn, s3: Any, bucket: str) -> None:
    older = uploaded(s3, bucket, HELLO)
    uploaded(s3, bucket, MOO)
    assert invoke(aws, a_zip_function(aws, older), account=DEV)["Payload"] == "hello"


@pytest.mark.parametrize("allowed", [[], ["s3:GetObject"], ["s3:GetObjectVersion"]])
def test_the_caller_itself_has_to_be_allowed_to_read_the_version(
    aws: StandIn, s3: Any, bucket: str, allowed: list[str]
) -> None:
    """https://github.com/buildkite/elastic-ci-stack-for-aws/issues/564"""
    code = uploaded(s3, bucket, HELLO)
    client = acting_in_dev(aws, ON_LAMBDA, PASS, *([allow(allowed)] if allowed else []))
    if allowed == ["s3:GetObjectVersion"]:
        assert invoke(aws, a_zip_function(aws, code, client), account=DEV)["Payload"] == "hello"
        return
    with pytest.raises(ClientError, match=rf"denied by S3.*GetObject for {bucket}/{KEY}. S3 Error Code: AccessDenied"):
        a_zip_function(aws, code, client)


def test_the_buckets_policy_has_to_allow_the_other_account_too(aws: StandIn, s3: Any, bucket: str) -> None:
    code = uploaded(s3, bucket, HELLO)
    function = a_zip_function(aws, code)
    s3.delete_bucket_policy(Bucket=bucket)
    client = acting_in_dev(aws, ON_LAMBDA, allow("s3:GetObjectVersion"))
    with pytest.raises(ClientError, match=r"AccessDeniedException.*S3 Error Code: AccessDenied"):
        client.update_function_code(FunctionName=function, **code)


def test_a_version_that_does_not_exist_is_refused_with_s3s_code(aws: StandIn, s3: Any, bucket: str) -> None:
    code = uploaded(s3, bucket, HELLO)
    function = a_zip_function(aws, code)
    share(s3, bucket, "s3:GetObjectVersion", "s3:ListBucket")
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*S3 Error Code: NoSuchVersion"):
        aws.client("lambda", DEV).update_function_code(FunctionName=function, **code | {"S3ObjectVersion": "other"})
    assert settled(aws, function, DEV)["CodeSha256"] == sha256_of(HELLO)


def test_a_version_that_does_not_exist_is_forbidden_to_who_may_not_list_the_bucket(
    aws: StandIn, s3: Any, bucket: str
) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""
    code = uploaded(s3, bucket, HELLO) | {"S3ObjectVersion": "other"}
    client = acting_in_dev(aws, ON_LAMBDA, PASS, allow("s3:GetObjectVersion"))
    with pytest.raises(ClientError, match=r"AccessDeniedException.*S3 Error Code: AccessDenied"):
        a_zip_function(aws, code, client)


def test_a_bucket_of_another_region_is_refused_with_s3s_code(aws: StandIn, s3: Any, bucket: str) -> None:
    """https://github.com/aws-samples/aws-codepipeline-bitbucket-integration/issues/7"""
    del s3
    function = a_zip_function(aws, uploaded(aws.client("s3", ASSETS), bucket, HELLO))
    elsewhere, name = aws.client("s3", ASSETS, "eu-west-1"), new_name("artifacts")
    elsewhere.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    elsewhere.put_object(Bucket=name, Key=KEY, Body=MOO)
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*S3 Error Code: PermanentRedirect"):
        aws.client("lambda", DEV).update_function_code(FunctionName=function, S3Bucket=name, S3Key=KEY)


def test_who_gives_a_function_a_layer_has_to_be_allowed_to_read_it(aws: StandIn, s3: Any, bucket: str) -> None:
    """https://github.com/lambci/git-lambda-layer/issues/4"""
    function = a_zip_function(aws, uploaded(s3, bucket, HELLO))
    layer = aws.client("lambda", DEV).publish_layer_version(LayerName=new_name("layer"), Content={"ZipFile": HELLO})
    arn, anything_else = layer["LayerVersionArn"], allow("lambda:GetLayerVersion", "arn:aws:lambda:*:*:layer:other:*")
    with pytest.raises(ClientError, match="not authorized to perform: lambda:GetLayerVersion"):
        acting_in_dev(aws, ON_LAMBDA, anything_else).update_function_configuration(FunctionName=function, Layers=[arn])
    allowed = acting_in_dev(aws, ON_LAMBDA, allow("lambda:GetLayerVersion", f"{layer['LayerArn']}:*"))
    allowed.update_function_configuration(FunctionName=function, Layers=[arn])
    assert [each["Arn"] for each in settled(aws, function, DEV)["Layers"]] == [arn]


def test_another_accounts_bucket_can_let_in_one_role_and_no_other(aws: StandIn, s3: Any, bucket: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn"""
    code = uploaded(s3, bucket, HELLO)
    wanted = {"Bucket": bucket, "Key": KEY, "VersionId": code["S3ObjectVersion"]}
    reading = allow("s3:GetObjectVersion")
    role, stranger = (a_role(aws, reading, trusts={"AWS": DEV}, account=DEV, path="/team/") for _ in range(2))
    share(s3, bucket, "s3:GetObjectVersion", only=role)
    let_in, other = (acting_as(aws, each, "s3") for each in (role, stranger))
    assert let_in.get_object(**wanted)["Body"].read() == HELLO
    with pytest.raises(ClientError, match="AccessDenied"):
        other.get_object(**wanted)


@pytest.mark.parametrize(("account", "is_read"), [(ASSETS, True), (DEV, False)])
def test_the_account_of_an_object_is_the_one_that_has_its_bucket(
    aws: StandIn, s3: Any, bucket: str, account: str, is_read: bool
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount"""
    code = uploaded(s3, bucket, HELLO)
    reading = allow("s3:GetObjectVersion") | {"Condition": {"StringEquals": {"aws:ResourceAccount": account}}}
    client = acting_in_dev(aws, reading, service="s3")
    wanted = {"Bucket": bucket, "Key": KEY, "VersionId": code["S3ObjectVersion"]}
    if is_read:
        assert client.get_object(**wanted)["Body"].read() == HELLO
        return
    with pytest.raises(ClientError, match="AccessDenied"):
        client.get_object(**wanted)
