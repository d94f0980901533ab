"""What a version is made of: an image in the registry, or a zip in a bucket."""

from collections.abc import Callable, Mapping
from typing import Protocol

from gantry.artifacts.container_image import image_uri
from gantry.promotion.artifact import Artifact
from gantry.promotion.errors import IncompatibleTargetError
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.package_types import IMAGE, ZIP
from gantry.targets.lambda_alias.zip_copies import ZipCopies
from gantry.targets.lambda_alias.zip_place import zip_place


class DeploymentPackage(Protocol):
    """The code of one release, for the functions of one region."""

    @property
    def package_type(self) -> str:
        """`Image` or `Zip`."""

    @property
    def digest(self) -> str:
        """The artifact's digest."""

    def address(self) -> Mapping[str, str]:
        """Return where Lambda finds it, in the words of CreateFunction and UpdateFunctionCode.

        Raises:
            ArtifactNotFoundError: it is not where it should lie.
            IncompatibleTargetError: no bucket of the target's region is known.
            TargetAccessError: the target's account may not read it.
        """


class ImagePackage:
    """A container image."""

    package_type = IMAGE

    def __init__(self, artifact: Artifact, registry_account: str, region: str) -> None:
        self.digest = artifact.digest
        self._uri = image_uri(artifact, registry_account, region)

    def address(self) -> Mapping[str, str]:
        """Return the image by its digest."""
        return {"ImageUri": self._uri}


class ZipPackage:
    """A zip in a bucket of the function's region: Lambda reads no other.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
    """

    package_type = ZIP

    def __init__(
        self, artifact: Artifact, target: LambdaTarget, pipeline_region: str, copies: Callable[[], ZipCopies]
    ) -> None:
        self.digest = artifact.digest
        self._version = artifact.version or ""
        self._target = target
        self._is_here = target.region == pipeline_region
        self._place = zip_place(artifact, target.region, pipeline_region)
        self._copies = copies

    def address(self) -> Mapping[str, str]:
        """Return the version that was released, or that of its copy in the target's region."""
        if self._place is None:
            raise IncompatibleTargetError(
                f"{self._target.id}: Lambda reads zips only from buckets of its own region, and the manifest names "
                f"none in {self._target.region}: add one to artifact.buckets"
            )
        bucket, key = self._place
        return _in_s3(bucket, key, self._version if self._is_here else self._copied_version(bucket, key))

    def _copied_version(self, bucket: str, key: str) -> str:
        return self._copies().version(bucket, key, self.digest)


def _in_s3(bucket: str, key: str, version: str) -> Mapping[str, str]:
    return {"S3Bucket": bucket, "S3Key": key, "S3ObjectVersion": version}
