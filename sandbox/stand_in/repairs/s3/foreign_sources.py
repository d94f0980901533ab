"""S3 copies from a bucket of another account.

Restores: the source of a copy may be in another account, if the caller's own policies and the bucket's policy let the
caller read it. The library asks both, but then looks for the bucket in the destination's account only.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
"""

from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, urlencode

from ministack.core.responses import get_account_id, get_region
from ministack.services import s3

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.repairs.s3.copy_source import CopySource, copies_no_tags
from sandbox.stand_in.repairs.scope import in_scope
from sandbox.stand_in.settings import Settings

_CHECKSUM = "x-amz-checksum-"
_foreign: ContextVar[tuple[str, Json] | None] = ContextVar("foreign", default=None)
"""During a copy: the name of another account's bucket, and the bucket with only the object that is copied."""


def apply(settings: Settings) -> None:
    """Read the source where it is."""
    del settings
    put_in_front(s3, "_ensure_bucket", _find)
    put_in_front(s3, "_copy_object", _copy)


def _find(original: Original, name: str) -> Any:  # noqa: ANN401 -- the library's own
    foreign = _foreign.get()
    return foreign[1] if foreign and foreign[0] == name else original(name)


def _copy(original: Original, bucket: str, key: str, headers: dict[str, str]) -> Response:
    source = CopySource.of(headers)
    owner = s3._bucket_owner_account(source.bucket)
    if owner in {None, get_account_id()}:
        answered: Response = original(bucket, key, headers)
        return answered
    found: Response = in_scope(
        owner, get_region(), s3._get_object, source.bucket, source.key, {f"{_CHECKSUM}mode": "ENABLED"}, source.query
    )
    if found[0] != 200:  # noqa: PLR2004 -- OK
        return found
    record = _record(found)
    tags = {} if copies_no_tags(headers) else _tags(owner, source, record)
    named = {"x-amz-copy-source": f"/{source.bucket}/{quote(source.key)}", **tags}
    token = _foreign.set((source.bucket, {"objects": {source.key: record}}))
    try:
        answered = original(bucket, key, {**headers, **named})
    finally:
        _foreign.reset(token)
    return answered


def _record(found: Response) -> Json:
    """Return the object as the library stores objects."""
    headers = {name.lower(): value for name, value in found[1].items()}
    checksums = {
        name.removeprefix(_CHECKSUM).upper(): value
        for name, value in headers.items()
        if name.startswith(_CHECKSUM) and name != f"{_CHECKSUM}type"
    }
    record: Json = s3._build_object_record(found[2], headers, etag=headers["etag"], checksums=checksums)
    return {**record, "version_id": headers.get("x-amz-version-id")}


def _tags(owner: str, source: CopySource, record: Json) -> dict[str, str]:
    """Return the headers that give the copy the source's tags, which the library looks for in its own account only."""
    tags = in_scope(owner, get_region(), s3._object_tags.get, (source.bucket, source.key, record["version_id"]))
    return {"x-amz-tagging-directive": "REPLACE", "x-amz-tagging": urlencode(tags)} if tags else {}
