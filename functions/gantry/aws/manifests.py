"""The manifests of the services, in the pipeline's versioned bucket."""

from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of
from gantry.aws.written_file import text_of
from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.place import (
    EXTENSION,
    FOLDER,
    is_key_of_some_service,
    key_of,
    likeliest,
    stem_of,
)
from gantry.promotion.manifest_origin import SHA256, ManifestOrigin, ManifestPrint

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


_MOST_KEPT = 8
"""Of the longest manifests, a megabyte."""


class Manifests:
    """The bucket, with one object for each service: `services/<service>.yaml`.

    A version of an object never changes, so the last ones that were read are kept while the function is warm:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
    """

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._kept: dict[tuple[str, str], str] = {}
        self._origins: dict[tuple[str, str], ManifestOrigin | None] = {}
        self._prints: dict[tuple[str, str], ManifestPrint] = {}

    def latest(self, service: str) -> tuple[str, str] | None:
        """Return the manifest's text and its revision, which is the S3 version id; None when there is no manifest.

        S3 says that a key is missing only to callers that may list the bucket:
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html

        Raises:
            ManifestError: it is too long or is not UTF-8 text, or the bucket keeps no versions.
        """
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=key_of(service))
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            raise
        where = self._where(service)
        revision = found.get("VersionId", "null")
        if revision == "null":
            raise ManifestError(f"{where} has no version id: turn on the bucket's versioning and upload it again")
        text = text_of(found["Body"], where, ManifestError)
        self._origins = {(service, revision): ManifestOrigin.read(found["Metadata"])}
        actual = sha256(text.encode()).hexdigest()
        self._prints = {(service, revision): ManifestPrint(actual, found["Metadata"].get(SHA256))}
        return self._keep(service, revision, text), revision

    def origin(self, service: str, revision: str) -> ManifestOrigin | None:
        """Return where the latest manifest that was read comes from; None if it is another, or does not say."""
        return self._origins.get((service, revision))

    def fingerprint(self, service: str, revision: str) -> ManifestPrint | None:
        """Return the hashes of the latest manifest that was read; None if it is another."""
        return self._prints.get((service, revision))

    def at(self, service: str, revision: str) -> str:
        """Return the text of one revision of a manifest, also when there are newer ones.

        Raises:
            ManifestError: the revision was deleted from the bucket, and is not known here from before.
        """
        if kept := self._kept.get((service, revision)):
            return kept
        where = f"version {revision} of {self._where(service)}"
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=key_of(service), VersionId=revision)
        except ClientError as error:
            if code_of(error) != "NoSuchVersion":
                raise
            message = f"{where} was deleted. Upload the manifest again, and start the promotion manually"
            raise ManifestError(message) from error
        return self._keep(service, revision, text_of(found["Body"], where, ManifestError))

    def has(self, service: str) -> bool:
        """Whether a service has a manifest. Its key comes first of all that begin like it."""
        key = key_of(service)
        found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1)
        return any(each["Key"] == key for each in found.get("Contents", []))

    def services(self) -> tuple[str, ...]:
        """Return the services that have a manifest; of more than 1,000 objects in the bucket, those in the first."""
        found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=f"{FOLDER}/")
        keys = (each["Key"] for each in found.get("Contents", []))
        return tuple(
            key.removeprefix(f"{FOLDER}/").removesuffix(EXTENSION) for key in keys if is_key_of_some_service(key)
        )

    def misplaced(self, service: str) -> str | None:
        """Return the key of what may be the service's manifest in the wrong place; None when nothing looks like it.

        It is a guess by the keys alone. Of a bucket with more than 1,000 objects, it sees the first ones and those that
        begin with the service's name: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
        """
        found = self._s3.list_objects_v2(Bucket=self._bucket)
        keys = [each["Key"] for each in found.get("Contents", [])]
        if found["IsTruncated"]:
            found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=f"{FOLDER}/{stem_of(service)}")
            keys += [each["Key"] for each in found.get("Contents", [])]
        return likeliest(keys, service)

    def _keep(self, service: str, revision: str, text: str) -> str:
        self._kept[service, revision] = text
        if len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return text

    def _where(self, service: str) -> str:
        return f"s3://{self._bucket}/{key_of(service)}"
