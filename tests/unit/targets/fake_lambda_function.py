"""A function and its versions as Lambda keeps them."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.unit.targets.fake_client import Answer, refused
from tests.unit.targets.fake_lambda_alias import STALE

LATEST = "$LATEST"
_NOT_VERSIONED = {"Version", "Description", "RevisionId", "State", "StateReason", "StateReasonCode", "FunctionArn"}
"""What makes no new version when only this is different; `LastUpdateStatus` and its reasons as well."""
_CREATING = {"StateReason": "The function is being created.", "StateReasonCode": "Creating"}
_UPDATING = {
    "LastUpdateStatus": "InProgress",
    "LastUpdateStatusReason": "The function is being created.",
    "LastUpdateStatusReasonCode": "Creating",
}


@dataclass
class FakeFunction:
    """Every write gives `$LATEST` another revision id, and so does the end of an update.

    PublishVersion does as well, but a version keeps the one that it was published with. LocalStack recorded that on AWS
    (`test_function_revisions_basic`, `test_function_revisions_version_and_alias`).
    """

    arn: str
    next_revision_id: Callable[[], str]
    looks_to_settle: int | None = 0
    versions: dict[str, Answer] = field(default_factory=dict)
    """By version, `$LATEST` included, as GetFunction answers."""
    images: dict[str, str] = field(default_factory=dict)
    """The address by digest of each version's image."""
    failure: tuple[str, str] | None = None
    """The code and the reason that the next change fails with when it settles. An update then keeps what there was."""
    published: int = 0
    """The number of the last version. A deleted version's number is not given again."""
    _looks_left: dict[str, int | None] = field(default_factory=dict)
    _kept: tuple[Answer, str] = field(default_factory=lambda: ({}, ""))

    def create(self, settings: Mapping[str, Any], image_uri: str = "") -> Answer:
        """Make `$LATEST`."""
        self.versions[LATEST] = {
            "FunctionName": self.arn.rpartition(":")[2],
            "FunctionArn": self.arn,
            "Version": LATEST,
            "MemorySize": 128,
            "Timeout": 3,
            "EphemeralStorage": {"Size": 512},
            "CodeSha256": "",
            "State": "Pending",
            "LastUpdateStatus": "Successful",
        } | _CREATING
        self._apply(settings, image_uri)
        return self._begin(LATEST)

    def update(self, operation: str, settings: Mapping[str, Any], image_uri: str = "", revision_id: str = "") -> Answer:
        """Change what is given, and nothing else; each setting is replaced as a whole."""
        self._require_changeable(operation, revision_id)
        self._kept = (deepcopy(self.versions[LATEST]), self.images.get(LATEST, ""))
        self._apply(settings, image_uri)
        self.versions[LATEST] |= _UPDATING
        return self._begin(LATEST)

    def publish(self, description: str, code_sha256: str = "", revision_id: str = "") -> Answer:
        """Make `$LATEST` a version; when nothing changed since the last one, return that."""
        latest = self.versions[LATEST]
        if code_sha256 not in {"", latest["CodeSha256"]}:
            message = (
                f"CodeSHA256 ({code_sha256}) is different from current CodeSHA256 in $LATEST ({latest['CodeSha256']}). "
                "Please try again with the CodeSHA256 in $LATEST."
            )
            raise refused("PublishVersion", "InvalidParameterValueException", message)
        self._require_changeable("PublishVersion", revision_id)
        last = self.versions.get(str(self.published))
        if last and _versioned(last) == _versioned(latest):
            return deepcopy(last)
        self.published += 1
        version = str(self.published)
        own = {"Version": version, "Description": description, "FunctionArn": f"{self.arn}:{version}"}
        self.versions[version] = deepcopy(latest) | own | {"State": "Pending"} | _CREATING
        self.images[version] = self.images.get(LATEST, "")
        latest["RevisionId"] = self.next_revision_id()
        return self._begin(version)

    def look(self, qualifier: str) -> Answer:
        """Return what GetFunction answers of a version now. Being looked at brings a change nearer to its end."""
        left = self._looks_left.get(qualifier)
        if left == 0:
            self._settle(qualifier)
        elif left is not None:
            self._looks_left[qualifier] = left - 1
        uri = self.images.get(qualifier)
        code = {"RepositoryType": "ECR", "ImageUri": uri, "ResolvedImageUri": uri} if uri else {"RepositoryType": "S3"}
        return {"Configuration": deepcopy(self.versions[qualifier]), "Code": code}

    def settle(self) -> None:
        """Finish every change that is in progress."""
        for qualifier in list(self._looks_left):
            self._settle(qualifier)

    def describe(self, qualifier: str = LATEST, **changes: Any) -> None:
        """Change how a version is described, as a fault, idleness, or somebody else does."""
        self.versions[qualifier] |= {"RevisionId": self.next_revision_id()} | changes

    def delete(self, version: str) -> None:
        """Delete a version."""
        del self.versions[version]
        self._looks_left.pop(version, None)

    def invoke(self, version: str) -> None:
        """Refuse what cannot run; a version that sleeps begins to wake.

        https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
        """
        state = self.versions[version]["State"]
        if state == "Inactive":
            self.versions[version] |= {"State": "Pending", "StateReasonCode": "Restoring"}
            self._begin(version)
        if state != "Active":
            raise refused("Invoke", "ResourceConflictException", _not_now(state))

    def require_routable(self, operation: str, versions: Sequence[str]) -> None:
        """Refuse what an alias cannot route to."""
        for version in versions:
            if version not in self.versions:
                message = f"Function not found: {self.arn}:{version}"
                raise refused(operation, "ResourceNotFoundException", message)
            if (state := self.versions[version]["State"]) in {"Pending", "Failed"}:
                raise refused(operation, "ResourceConflictException", _not_now(state))
        found = [self.versions[version] for version in versions]
        if LATEST in versions and len(versions) > 1:
            message = "$LATEST is not supported for an alias pointing to more than 1 version"
            raise refused(operation, "InvalidParameterValueException", message)
        if any(each.get(key) != found[0].get(key) for each in found for key in ("Role", "DeadLetterConfig")):
            message = "The versions of an alias with weights must have the same execution role and dead-letter queue"
            raise refused(operation, "InvalidParameterValueException", message)

    def _require_changeable(self, operation: str, revision_id: str) -> None:
        latest = self.versions[LATEST]
        if latest["State"] == "Pending":
            raise refused(operation, "ResourceConflictException", _not_now("Pending"))
        if latest["LastUpdateStatus"] == "InProgress":
            message = (
                f"The operation cannot be performed at this time. An update is in progress for resource: {self.arn}"
            )
            raise refused(operation, "ResourceConflictException", message)
        if revision_id not in {"", latest["RevisionId"]}:
            raise refused(operation, "PreconditionFailedException", STALE)

    def _apply(self, settings: Mapping[str, Any], image_uri: str) -> None:
        given = dict(settings)
        if "Layers" in given:
            given["Layers"] = [{"Arn": arn, "CodeSize": 1} for arn in given["Layers"]]
        if "ImageConfig" in given:
            given["ImageConfigResponse"] = {"ImageConfig": given.pop("ImageConfig")}
        if image_uri:
            self.images[LATEST] = image_uri
            given["CodeSha256"] = image_uri.partition("@sha256:")[2]
        self.versions[LATEST] |= deepcopy(given) | {"RevisionId": self.next_revision_id()}

    def _begin(self, qualifier: str) -> Answer:
        """Return a change that has begun; whether it has ended already is for `looks_to_settle` to say."""
        self._looks_left[qualifier] = self.looks_to_settle
        if self.looks_to_settle == 0:
            self._settle(qualifier)
        return deepcopy(self.versions[qualifier])

    def _settle(self, qualifier: str) -> None:
        del self._looks_left[qualifier]
        found = self.versions[qualifier]
        of = "State" if found["State"] == "Pending" else "LastUpdateStatus"
        for reason in (f"{of}Reason", f"{of}ReasonCode"):
            found.pop(reason, None)
        found[of] = "Active" if of == "State" else "Successful"
        if self.failure:
            (code, reason), self.failure = self.failure, None
            if of == "LastUpdateStatus":
                kept, self.images[LATEST] = self._kept
                found = self.versions[qualifier] = kept
            found |= {of: "Failed", f"{of}ReasonCode": code, f"{of}Reason": reason}
        if qualifier == LATEST:
            found["RevisionId"] = self.next_revision_id()


def _not_now(state: str) -> str:
    return f"The operation cannot be performed at this time. The function is currently in the following state: {state}"


def _versioned(described: Answer) -> Answer:
    return {
        name: value
        for name, value in described.items()
        if name not in _NOT_VERSIONED and not name.startswith("LastUpdate")
    }
