"""Whether an image is in another region's registry of the pipeline's account, and whether ECR brings it there.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of
from gantry.promotion.artifact import Artifact
from gantry.promotion.errors import ReplicationFailedError

if TYPE_CHECKING:
    from mypy_boto3_ecr.client import ECRClient
    from mypy_boto3_ecr.type_defs import ReplicationRuleOutputTypeDef

_NO_REPOSITORY = "RepositoryNotFoundException"
_MISSING = {"ImageNotFoundException", _NO_REPOSITORY}
_POLICY = "Repository policies are not replicated: deploy examples/service.template.yaml there too"


class RegionalImages:
    """The registry of the pipeline's account in one region."""

    def __init__(self, ecr: "ECRClient") -> None:
        self._ecr = ecr

    def has(self, image: Artifact) -> bool:
        """Whether the image is there."""
        return self._what_is_missing(image) is None

    def expects(self, image: Artifact) -> bool:
        """Whether there is a repository for the image, so that somebody may have meant to bring it there."""
        return self._what_is_missing(image) != _NO_REPOSITORY

    def _what_is_missing(self, image: Artifact) -> str | None:
        try:
            self._ecr.describe_images(repositoryName=image.location, imageIds=[{"imageDigest": image.digest}])
        except ClientError as error:
            if code_of(error) not in _MISSING:
                raise
            return code_of(error)
        return None


class ImageReplication:
    """The replication of the registry in the pipeline's own region."""

    def __init__(self, ecr: "ECRClient", registry_account: str) -> None:
        self._ecr = ecr
        self._registry_account = registry_account

    def progress(self, image: Artifact, region: str) -> str:
        """Return how far an image is on its way to another region, for people.

        A status may come later than the push, and AWS does not say what there is before. So without one, the rules say
        whether the image is on its way.

        Raises:
            ReplicationFailedError: it will not arrive by itself; the message says what to do.
        """
        found = self._ecr.describe_image_replication_status(
            repositoryName=image.location, imageId={"imageDigest": image.digest}
        )
        for each in found.get("replicationStatuses", []):
            if (each.get("region"), each.get("registryId")) == (region, self._registry_account):
                if each.get("status") == "FAILED":
                    why = f"ECR could not replicate it to {region}: {each.get('failureCode', 'no code')}"
                    raise ReplicationFailedError(f"{why}. Push it again, or copy it there. {_POLICY}")
                return f"{region}: {each.get('status')}"
        if not any(self._covers(rule, image, region) for rule in self._rules()):
            why = f"no replication rule of the registry brings {image.location} to {region}"
            raise ReplicationFailedError(f"{why}. Add one, then push again: it counts for later pushes. {_POLICY}")
        return f"{region}: no status yet"

    def _rules(self) -> Iterator["ReplicationRuleOutputTypeDef"]:
        yield from self._ecr.describe_registry().get("replicationConfiguration", {}).get("rules", [])

    def _covers(self, rule: "ReplicationRuleOutputTypeDef", image: Artifact, region: str) -> bool:
        """A rule without filters is for every repository. PREFIX_MATCH is the only type of a filter."""
        places = {(each["region"], each["registryId"]) for each in rule["destinations"]}
        prefixes = [each["filter"] for each in rule.get("repositoryFilters", [])] or [""]
        return (region, self._registry_account) in places and image.location.startswith(tuple(prefixes))
