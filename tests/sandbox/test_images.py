"""Images: what ECR keeps, what it tells, and what Lambda makes of them."""

import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.registry import INDEX, MANIFEST, Registry
from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_function, a_role, an_event_queue, invoke, new_name, settled, soon, zip_of

HELLO = {
    "app.py": "from words import WORDS\ndef handler(event, context):\n    return WORDS",
    "words.py": "WORDS = 'hello'",
}


@pytest.fixture
def events(aws: StandIn, repository: str) -> str:
    """A queue into which the repository's events go."""
    queue = an_event_queue(aws)
    arn = f"arn:aws:sqs:{REGION}:{ASSETS}:{queue.rsplit('/', 1)[-1]}"
    rule = new_name("rule")
    pattern = {"source": ["aws.ecr"], "detail": {"repository-name": [repository]}}
    aws.client("events", ASSETS).put_rule(Name=rule, EventPattern=json.dumps(pattern))
    aws.client("events", ASSETS).put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    return str(queue)


def received(aws: StandIn, queue: str) -> list[Json]:
    answer = aws.client("sqs", ASSETS).receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def image_function(aws: StandIn, uri: str, account: str = ASSETS, **options: Any) -> str:
    name = options.pop("FunctionName", new_name("function"))
    aws.client("lambda", account).create_function(
        FunctionName=name, PackageType="Image", Code={"ImageUri": uri}, Role=a_role(aws, account=account), **options
    )
    settled(aws, name, account)
    return str(name)


def test_the_same_files_are_the_same_image(registry: Registry, ecr: Any, repository: str) -> None:
    other = new_name("repository")
    ecr.create_repository(repositoryName=other)

    digest = registry.push(repository, "one", HELLO)

    assert registry.push(other, "two", HELLO) == digest
    image = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "one"}])["images"][0]
    assert image["imageId"] == {"imageDigest": digest, "imageTag": "one"}
    assert digest == "sha256:" + hashlib.sha256(image["imageManifest"].encode()).hexdigest()
    assert image["imageManifestMediaType"] == MANIFEST


def test_a_layer_is_kept_only_under_its_own_digest(ecr: Any, repository: str) -> None:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html"""
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    ecr.upload_layer_part(
        repositoryName=repository, uploadId=upload, partFirstByte=0, partLastByte=0, layerPartBlob=b"a"
    )

    with pytest.raises(ClientError, match="InvalidLayerException"):
        ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=["sha256:" + "0" * 64])


def test_an_image_without_its_layers_is_refused(ecr: Any, repository: str) -> None:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html"""
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": "sha256:" + "0" * 64}, "layers": []}

    with pytest.raises(ClientError, match="LayersNotFoundException"):
        ecr.put_image(repositoryName=repository, imageManifest=json.dumps(manifest), imageTag="v1")
    with pytest.raises(ClientError, match="ImageDigestDoesNotMatchException"):
        ecr.put_image(repositoryName=repository, imageManifest=json.dumps(manifest), imageDigest="sha256:" + "0" * 64)


def test_an_image_that_is_missing_is_not_described(registry: Registry, ecr: Any, repository: str) -> None:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html"""
    digest = registry.push(repository, None, HELLO)

    with pytest.raises(ClientError, match="ImageNotFoundException"):
        ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": "missing"}])
    described = ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])["imageDetails"][0]
    assert "imageTags" not in described


def test_a_tag_stays_where_it_is(registry: Registry, repository: str) -> None:
    registry.push(repository, "v1", HELLO)

    with pytest.raises(ClientError, match="ImageAlreadyExistsException"):
        registry.push(repository, "v1", HELLO)
    with pytest.raises(ClientError, match="ImageTagAlreadyExistsException"):
        registry.push(repository, "v1", {"app.py": ""})


def test_a_push_is_told_with_its_digest_and_tag(aws: StandIn, registry: Registry, repository: str, events: str) -> None:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html"""
    digest = registry.push(repository, "v1", HELLO)

    [event] = soon(lambda: received(aws, events))

    assert (event["detail-type"], event["account"]) == ("ECR Image Action", ASSETS)
    assert event["detail"] == {
        "action-type": "PUSH",
        "result": "SUCCESS",
        "repository-name": repository,
        "image-digest": digest,
        "image-tag": "v1",
        "manifest-media-type": MANIFEST,
        "artifact-media-type": "application/vnd.oci.image.config.v1+json",
    }


def test_an_attested_push_tells_of_all_its_parts_and_only_the_index_has_the_tag(
    aws: StandIn, registry: Registry, repository: str, events: str
) -> None:
    digest = registry.push_index(repository, "v1", {"x86_64": HELLO}, attested=True)

    told = [event["detail"] for event in received(aws, events)]

    assert [detail.get("image-tag") for detail in told] == [None, None, "v1"]
    assert (told[-1]["image-digest"], told[-1]["manifest-media-type"]) == (digest, INDEX)


def test_an_index_names_its_children_by_platform(registry: Registry, ecr: Any, repository: str) -> None:
    digest = registry.push_index(repository, "v1", {"x86_64": HELLO, "arm64": HELLO}, attested=True)

    image = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])["images"][0]
    children = json.loads(image["imageManifest"])["manifests"]

    assert [child["platform"]["architecture"] for child in children] == ["amd64", "arm64", "unknown", "unknown"]
    assert children[2]["annotations"]["vnd.docker.reference.digest"] == children[0]["digest"]


def test_a_function_runs_what_is_in_its_image(aws: StandIn, registry: Registry, repository: str) -> None:
    digest = registry.push(repository, "v1", HELLO)
    uri = registry.uri(repository, digest)

    function = image_function(aws, uri.split("@")[0] + ":v1")

    assert invoke(aws, function)["Payload"] == "hello"
    found = aws.client("lambda", ASSETS).get_function(FunctionName=function)
    assert found["Configuration"]["CodeSha256"] == digest.removeprefix("sha256:")
    assert found["Code"]["ResolvedImageUri"] == uri


def test_an_image_says_which_handler_it_is_for(aws: StandIn, registry: Registry, repository: str) -> None:
    source = {"main.py": "def one(event, context):\n    return 1\ndef two(event, context):\n    return 2"}
    uri = registry.uri(repository, registry.push(repository, "v1", source, command="main.one"))

    assert invoke(aws, image_function(aws, uri))["Payload"] == 1
    assert invoke(aws, image_function(aws, uri, ImageConfig={"Command": ["main.two"]}))["Payload"] == 2


def test_what_overrides_the_image_is_replaced_as_a_whole(aws: StandIn, registry: Registry, repository: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ImageConfig.html"""
    client = aws.client("lambda", ASSETS)
    uri = registry.uri(repository, registry.push(repository, "v1", HELLO))
    function = image_function(aws, uri, ImageConfig={"EntryPoint": ["sh"], "WorkingDirectory": "/srv"})

    def overridden(**config: object) -> object:
        client.update_function_configuration(FunctionName=function, ImageConfig=config)
        settled(aws, function)
        found = client.get_function_configuration(FunctionName=function).get("ImageConfigResponse", {})
        return found.get("ImageConfig", {})

    assert overridden(Command=["app.handler"]) == {"Command": ["app.handler"]}
    assert overridden() == {}


def test_a_version_keeps_its_image(aws: StandIn, registry: Registry, repository: str) -> None:
    client = aws.client("lambda", ASSETS)
    first = registry.push(repository, "v1", HELLO)
    second = registry.push(repository, "v2", {**HELLO, "words.py": "WORDS = 'goodbye'"})
    function = image_function(aws, registry.uri(repository, first))
    client.publish_version(FunctionName=function)

    updated = client.update_function_code(FunctionName=function, ImageUri=registry.uri(repository, second))
    settled(aws, function)
    published = client.publish_version(FunctionName=function, CodeSha256=updated["CodeSha256"])

    assert published["CodeSha256"] == second.removeprefix("sha256:")
    soon(lambda: client.get_function_configuration(FunctionName=function, Qualifier="2")["State"] == "Active")
    assert invoke(aws, function, Qualifier="1")["Payload"] == "hello"
    assert invoke(aws, function, Qualifier="2")["Payload"] == "goodbye"


def test_lambda_takes_no_image_that_it_cannot_run(aws: StandIn, registry: Registry, repository: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/images-create.html"""
    index = registry.uri(repository, registry.push_index(repository, "v1", {"x86_64": HELLO}))
    missing = index.split("@")[0] + ":missing"

    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*media type"):
        image_function(aws, index)
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*does not exist"):
        image_function(aws, missing)


def test_a_function_stays_with_its_kind_of_package(aws: StandIn, registry: Registry, repository: str) -> None:
    client = aws.client("lambda", ASSETS)
    uri = registry.uri(repository, registry.push(repository, "v1", HELLO))

    with pytest.raises(ClientError, match="packageType Image"):
        client.update_function_code(FunctionName=image_function(aws, uri), ZipFile=zip_of(""))
    with pytest.raises(ClientError, match="packageType Zip"):
        client.update_function_code(FunctionName=a_function(aws, "def handler(event, context): ..."), ImageUri=uri)


READS = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{DEV}:root"}, "Action": READS}
LAMBDA = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": READS,
    "Condition": {"ArnLike": {"aws:sourceArn": f"arn:aws:lambda:{REGION}:{DEV}:function:allowed-*"}},
}


def test_another_accounts_repository_must_let_in_the_account_and_lambda(
    aws: StandIn, registry: Registry, ecr: Any, repository: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions"""
    uri = registry.uri(repository, registry.push(repository, "v1", HELLO))

    def grant(*statements: Json) -> None:
        policy = {"Version": "2012-10-17", "Statement": statements}
        ecr.set_repository_policy(repositoryName=repository, policyText=json.dumps(policy))

    for statements, function in (([ACCOUNT, LAMBDA], "another"), ([ACCOUNT], "allowed"), ([LAMBDA], "allowed")):
        grant(*statements)
        with pytest.raises(ClientError, match=r"AccessDeniedException.*ECR permissions"):
            image_function(aws, uri, DEV, FunctionName=new_name(function))
    grant(ACCOUNT, LAMBDA)
    function = image_function(aws, uri, DEV, FunctionName=new_name("allowed"))
    assert invoke(aws, function, account=DEV)["Payload"] == "hello"
