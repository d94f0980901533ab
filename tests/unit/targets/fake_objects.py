"""The artifact buckets in memory."""

from dataclasses import dataclass, field

from gantry.promotion.artifact import Artifact
from gantry.promotion.errors import ArtifactNotFoundError, ArtifactTypeError


@dataclass
class FakeObjects:
    """Artifacts by their digest."""

    contents: dict[str, bytes] = field(default_factory=dict)

    def content(self, artifact: Artifact, most_bytes: int) -> bytes:
        if artifact.digest not in self.contents:
            raise ArtifactNotFoundError(f"{artifact.location} does not exist any more")
        found = self.contents[artifact.digest]
        if len(found) > most_bytes:
            raise ArtifactTypeError(f"{artifact.location} has {len(found)} bytes")
        return found
