"""What a team does whose artifacts are objects: it has a bucket for them, and pushes versions of them."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from sandbox.stand_in.accounts import ASSETS, REGION, WORKLOAD_ACCOUNTS
from sandbox.stand_in.workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.stand_in.process import StandIn

ARTIFACTS: Final = "acme-artifacts"
"""The bucket in the pipeline's own region."""
RELEASE: Final = "release.json"
"""What the release manifest of many objects is called in their folder."""


class ArtifactBucket:
    """A bucket of the assets account, by the example's template."""

    def __init__(self, stand_in: StandIn, name: str = ARTIFACTS, region: str = REGION) -> None:
        self._stand_in = stand_in
        self._s3 = stand_in.client("s3", ASSETS, region)
        self._region = region
        self.name = name

    def make(self) -> None:
        """Make the bucket. The pipeline's parameter ArtifactBuckets has to name it."""
        cloudformation = self._stand_in.client("cloudformation", ASSETS, self._region)
        parameters = {"BucketName": self.name, "TargetAccounts": ",".join(WORKLOAD_ACCOUNTS.values())}
        cloudformation.create_stack(
            StackName=self.name,
            TemplateBody=(ROOT / "examples" / "artifact-bucket.template.yaml").read_text(),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=self.name, WaiterConfig={"Delay": 1})

    def push(self, key: str, body: bytes, tag: str | None = None, pushed_by: str | None = None) -> str:
        """Push a version of an object with a checksum of all its bytes, and return its version id."""
        metadata = {name: value for name, value in (("tag", tag), ("pushed-by", pushed_by)) if value}
        pushed = self._s3.put_object(
            Bucket=self.name, Key=key, Body=body, ChecksumAlgorithm="SHA256", Metadata=metadata
        )
        return str(pushed["VersionId"])

    def push_release(self, folder: str, files: Mapping[str, bytes], tag: str | None = None) -> str:
        """Push files into a folder, and last of all the release manifest that lists them; return its version id."""
        objects = [
            {"key": name, "version_id": self.push(f"{folder}/{name}", body), "sha256": sha256(body).hexdigest()}
            for name, body in files.items()
        ]
        return self.push(f"{folder}/{RELEASE}", json.dumps({"objects": objects}).encode(), tag=tag)

    def read(self, key: str, version: str | None = None) -> bytes:
        """Return the bytes of a version, or of the newest one."""
        named = {"VersionId": version} if version else {}
        body: bytes = self._s3.get_object(Bucket=self.name, Key=key, **named)["Body"].read()
        return body

    def push_in_parts(self, key: str, *parts: bytes) -> str:
        """Push a version as a multipart upload, which has no checksum of all its bytes, and return its version id."""
        upload = self._s3.create_multipart_upload(Bucket=self.name, Key=key, ChecksumAlgorithm="SHA256")["UploadId"]
        done = [
            self._s3.upload_part(
                Bucket=self.name, Key=key, UploadId=upload, PartNumber=number, Body=part, ChecksumAlgorithm="SHA256"
            )
            for number, part in enumerate(parts, 1)
        ]
        finished = self._s3.complete_multipart_upload(
            Bucket=self.name,
            Key=key,
            UploadId=upload,
            MultipartUpload={
                "Parts": [
                    {"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}
                    for number, part in enumerate(done, 1)
                ]
            },
        )
        return str(finished["VersionId"])
