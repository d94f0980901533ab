"""Functions from zips in S3, and their layers.

Restores: Lambda reads a zip as its caller, also from a bucket of another account, so that the caller's own policies and
the bucket's policy have to allow `s3:GetObject`, or `s3:GetObjectVersion` where a version is named. It says S3's error
code when S3 refuses, which for a missing object depends on `s3:ListBucket`. Whoever gives a function layers needs
`lambda:GetLayerVersion` for each. The library reads zips of the function's own account only, and asks nobody.
https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
https://github.com/buildkite/elastic-ci-stack-for-aws/issues/564
https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html
"""

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import lambda_svc, s3

from sandbox.stand_in.repairs.iam.decisions import caller_may
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.repairs.s3.missing_objects import may_list
from sandbox.stand_in.repairs.scope import in_scope
from sandbox.stand_in.settings import Settings

_MISSING = {
    True: ("NoSuchVersion", "The specified version does not exist."),
    False: ("NoSuchKey", "The specified key does not exist."),
}


def apply(settings: Settings) -> None:
    """Read zips where they are, and only for those who may."""
    put_in_front(lambda_svc, "_fetch_code_from_s3", _where_it_is)
    put_in_front(lambda_svc, "s3_code_region_message", _where_it_is)
    put_in_front(lambda_svc, "_create_function", _create)
    put_in_front(lambda_svc, "_update_code", _update)
    put_in_front(lambda_svc, "_update_config", _update_layers)


def _where_it_is(original: Original, bucket: str, *arguments: object, **options: object) -> Any:  # noqa: ANN401 -- the library's own
    """Look in the account that has the bucket, and still from the function's region."""
    owner = s3._bucket_owner_account(bucket) or get_account_id()
    return in_scope(owner, get_region(), original, bucket, *arguments, **options)


def _create(original: Original, data: Json) -> Response:
    refusal = _refusal_of_zip(data.get("Code") or {}) or _refusal_of_layers(data)
    return refusal or original(data)


def _update(original: Original, name: str, data: Json) -> Response:
    is_zip = (lambda_svc._functions.get(name) or {"config": {}})["config"].get("PackageType") == "Zip"
    return (_refusal_of_zip(data) if is_zip else None) or original(name, data)


def _update_layers(original: Original, name: str, data: Json) -> Response:
    return _refusal_of_layers(data) or original(name, data)


def _refusal_of_zip(code: Json) -> Response | None:
    bucket, key, version = code.get("S3Bucket"), code.get("S3Key"), code.get("S3ObjectVersion")
    if not bucket or not key or lambda_svc.s3_code_region_message(bucket):
        return None  # nothing is read, or the library says which region is the right one
    is_there = lambda_svc._fetch_code_from_s3(bucket, key, version_id=version) is not None
    if not _may_read(bucket, key, version) or not (is_there or may_list(bucket)):
        message = (
            "Your access has been denied by S3, please make sure your request credentials have permission to "
            f"GetObject for {bucket}/{key}. S3 Error Code: AccessDenied. S3 Error Message: Access Denied"
        )
        return error_response_json("AccessDeniedException", message, 403)
    if is_there:
        return None
    error, said = _MISSING[bool(version)]
    message = f"Error occurred while GetObject. S3 Error Code: {error}. S3 Error Message: {said}"
    return error_response_json("InvalidParameterValueException", message, 400)


def _may_read(bucket: str, key: str, version: str | None) -> bool:
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    if not caller_may(action, "s3", f"arn:aws:s3:::{bucket}/{key}"):
        return False
    owner, account = s3._bucket_owner_account(bucket), get_account_id()
    query = {"versionId": [version]} if version else {}
    return owner in {None, account} or bool(s3._foreign_bucket_allows(owner, bucket, key, "GET", query, account))


def _refusal_of_layers(data: Json) -> Response | None:
    for layer in data.get("Layers") or ():
        if not caller_may("lambda:GetLayerVersion", "lambda", layer):
            caller = iam_evaluator.caller_arn()
            message = f"User: {caller} is not authorized to perform: lambda:GetLayerVersion on resource: {layer}"
            return error_response_json("AccessDeniedException", message, 403)
    return None
