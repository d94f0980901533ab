"""What somebody or something wants promoted."""

from dataclasses import dataclass

from gantry.promotion.deployment import StateEntry


@dataclass(frozen=True, slots=True)
class PromotionRequest:
    """A push, or what a person typed; not checked against anything yet."""

    repository: str
    tag: str | None
    digest: str | None
    is_manual: bool
    environments: tuple[str, ...] | None = None
    """None for all of the manifest's."""
    release_from_quarantine: str | None = None
    """Why the digest may leave quarantine."""
    started_by: str | None = None
    """Who starts it manually, as they say."""

    @property
    def tag_to_resolve(self) -> str | None:
        """The tag, where nothing names the digest: a tag may move, a digest does not."""
        return None if self.digest else self.tag


@dataclass(frozen=True, slots=True)
class ResolveRequest(StateEntry):
    """A promotion that begins."""

    promotion: PromotionRequest
