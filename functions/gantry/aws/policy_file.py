"""The administrators' policy file, in the manifest bucket under a key that no CI may write."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of
from gantry.aws.written_file import text_of
from gantry.promotion.errors import PolicyError
from gantry.promotion.manifest.place import EXTENSION, FOLDER, is_key_of_some_service
from gantry.promotion.policy.binding import own_name

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

KEY = "policy/policy.yaml"


class PolicyFile:
    """The one object `policy/policy.yaml`."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def latest(self) -> tuple[str, str] | None:
        """Return the file's text and its revision, which is the S3 version id; None when there is no file.

        Raises:
            PolicyError: it is too long or is not UTF-8 text.
        """
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=KEY)
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            raise
        return text_of(found["Body"], f"s3://{self._bucket}/{KEY}", PolicyError), found["VersionId"]

    def namesakes(self, service: str) -> tuple[str, ...]:
        """Return the other services with a manifest whose own name is the same, sorted."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{FOLDER}/")
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        found = {key.removeprefix(f"{FOLDER}/").removesuffix(EXTENSION) for key in keys if is_key_of_some_service(key)}
        return tuple(sorted(each for each in found - {service} if own_name(each) == own_name(service)))
