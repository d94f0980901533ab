"""The copies of zips for the targets of other regions than the pipeline's."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.artifacts.checksums import full_digest
from gantry.aws.clients import code_of
from gantry.promotion.errors import ArtifactNotFoundError, TargetAccessError
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.zip_errors import reading_grants

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


class ZipCopies:
    """The copies in a target's region. The target role asks, because Lambda reads them as that."""

    def __init__(self, s3: "S3Client", target: LambdaTarget) -> None:
        self._s3 = s3
        self._target = target

    def version(self, bucket: str, key: str, digest: str) -> str:
        """Return the S3 version of a copy that has the artifact's bytes.

        Raises:
            ArtifactNotFoundError: there is no such copy.
            TargetAccessError: the role may not read it.
        """
        found = self._found(bucket, key)
        where = f"{self._target.id}: the copy s3://{bucket}/{key}"
        has = full_digest(found)
        if has is None:
            raise ArtifactNotFoundError(f"{where} has no SHA-256 of all its bytes, so it is no copy of Gantry's")
        if has != digest:
            raise ArtifactNotFoundError(f"{where} has the digest {has}, not {digest}")
        version: str = found["VersionId"]
        return version

    def _found(self, bucket: str, key: str) -> Mapping[str, Any]:
        """HeadObject has no text, and without the right to list a bucket, what is missing is forbidden.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
        """
        where = f"{self._target.id}: the copy s3://{bucket}/{key}"
        try:
            return self._s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            match code_of(error):
                case "404":
                    raise ArtifactNotFoundError(f"{where} does not exist") from error
                case "403":
                    grants = reading_grants(self._target)
                    raise TargetAccessError(f"{where} does not exist, or may not be read: {grants}") from error
                case _:
                    raise
