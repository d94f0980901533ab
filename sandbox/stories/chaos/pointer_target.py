"""A pointer to many objects as the target of a case."""

import hashlib
import json
from dataclasses import dataclass, field

from sandbox.driver.artifact_bucket import ARTIFACTS, RELEASE, ArtifactBucket
from sandbox.driver.live_bucket import LiveBucket
from sandbox.stand_in.accounts import PROD
from sandbox.stories.chaos.target import Pushed, Target

_OTHERS = "by others"


@dataclass
class PointerTarget(Target):
    """A pointer in the bucket of the workload account, and the releases that it leads to."""

    _versions: dict[str, str] = field(default_factory=dict)
    """By digest."""

    @property
    def service(self) -> str:
        """The release manifest's name."""
        return f"s3/{ARTIFACTS}/{self._folder}/{RELEASE}"

    @property
    def target_name(self) -> str:
        """The pointer's name."""
        return f"s3/{self._bucket.name}/{self._pointer}"

    @property
    def _folder(self) -> str:
        return f"chaos/{self.name}"

    @property
    def _pointer(self) -> str:
        return f"{self._folder}/live.json"

    @property
    def _bucket(self) -> LiveBucket:
        return LiveBucket(self.pipeline.stand_in, PROD)

    def make(self) -> None:
        """Make the bucket, which all cases share. Who has it already may make it again in us-east-1."""
        self._bucket.make()

    def push(self, version: str) -> Pushed:
        """Push a release of two objects."""
        artifacts = ArtifactBucket(self.pipeline.stand_in)
        files = {"index.html": f"{self.name} {version}".encode(), "same.css": b"p {}"}
        version_id = artifacts.push_release(self._folder, files)
        manifest = artifacts.read(f"{self._folder}/{RELEASE}", version_id)
        digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
        self._versions[digest] = version
        target = {
            "kind": "s3",
            "account": PROD,
            "region": self.region,
            "name": self.target_name,
            "arn": f"arn:aws:s3:::{self.target_name.removeprefix('s3/')}",
            "options": {"prefix": f"{self._folder}/releases/"},
        }
        return Pushed(digest, target, {"configuration": {}}, version_id)

    def revisions(self) -> list[str]:
        """Return the revision that the pointer says it is, once its release can be read."""
        pointer = self._bucket.read_json(self._pointer)
        expected = f"{self.name} {self._versions[pointer['release']]}".encode()
        read = self._bucket.read(f"{pointer['prefix']}index.html")
        return (
            [self._bucket.metadata(self._pointer).get("gantry-revision", "others")]
            if read == expected
            else ["unreadable"]
        )

    def version_of(self, revision: str) -> str:
        """Return the version whose digest a revision's name begins with."""
        digits = revision.partition("-")[0]
        found = [version for digest, version in self._versions.items() if digits == digest.partition(":")[2][:12]]
        return found[0] if found else revision

    def overwrite(self) -> None:
        """Write the pointer anew, as somebody else does."""
        said = self._bucket.read_json(self._pointer) | {"written": _OTHERS}
        self._bucket.write(self._pointer, json.dumps(said).encode())

    def is_overwritten(self) -> bool:
        """Whether readers of the pointer get what somebody else has written."""
        return bool(self._bucket.read_json(self._pointer)["written"] == _OTHERS)
