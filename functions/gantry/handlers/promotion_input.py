"""What a person starts a promotion with, as the input of an execution or as the body of a call."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, model_validator

from gantry.handlers.entry import PersonsInput, from_person, persons_name
from gantry.handlers.named_artifact import ObjectInput, matching, named_service
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.manifest.name_fields import REPOSITORY_PATTERN, REPOSITORY_REMEDY
from gantry.promotion.promotion_origin import LONGEST_NAME
from gantry.promotion.release import TAG_PATTERN
from gantry.promotion.visible_text import LONGEST_REASON
from gantry.use_cases.promotion_request import PromotionRequest, object_hint

EXAMPLE = (
    '{"repository": "cowsay", "tag": "4f0c2d1"} or '
    '{"repository": "cowsay", "digest": "sha256:…", "environments": ["prod"], "started_by": "you@example.com"} or '
    '{"artifact": {"bucket": "acme-artifacts", "key": "glue/etl.py"}, "version_id": "3HL4kqtJlcpXroDTDmJ"} or '
    '{"repository": "cowsay", "configuration_only": true, "started_by": "you@example.com"}'
)

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=LONGEST_REASON)]


def _repository(typed: str) -> str:
    remedy = object_hint(typed) or REPOSITORY_REMEDY
    return matching(REPOSITORY_PATTERN, remedy)(typed)


Repository = Annotated[str, AfterValidator(_repository)]
Tag = Annotated[
    str,
    AfterValidator(
        matching(
            TAG_PATTERN,
            "give letters, digits, _ . and -, 128 at most, and no . or - at the beginning",
        )
    ),
]


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html: opaque, ready for a URL, 1,024
# bytes at most. Without versioning, all objects have the id null.
VersionId = Annotated[
    str,
    AfterValidator(matching(r"(?!null$)[!-~]{1,1024}", "give the id of one version, in a bucket that keeps versions")),
]


Digest = Annotated[
    str,
    AfterValidator(
        matching(r"sha256:[0-9a-f]{64}", "give sha256: and 64 hex digits, as the registry shows the digest")
    ),
]


class PromotionWish(PersonsInput):
    """What somebody wants promoted, whoever it is."""

    repository: Repository | None = None
    artifact: ObjectInput | None = None
    tag: Tag | None = None
    digest: Digest | None = None
    version_id: VersionId | None = None
    environments: tuple[str, ...] | None = Field(default=None, min_length=1)
    release_from_quarantine: Reason | None = None
    configuration_only: StrictBool = False

    @model_validator(mode="after")
    def _names_an_artifact(self) -> "PromotionWish":
        named_service(self.repository, self.artifact)
        if self.configuration_only:
            problem = self._configuration_problem()
        else:
            problem = self._object_problem() if self.artifact else self._image_problem()
        if problem:
            raise ValueError(problem)
        return self

    def _configuration_problem(self) -> str | None:
        given = [name for name in ("tag", "digest", "version_id") if getattr(self, name)]
        if given:
            return (
                f"with configuration_only, each environment keeps the artifact that is live there; leave out the "
                f"{' and the '.join(given)}, or leave out configuration_only"
            )
        if self.release_from_quarantine:
            return "release an artifact from quarantine by promoting that artifact, not its configuration"
        return None

    def _image_problem(self) -> str | None:
        hint = object_hint(self.repository or "")
        remedy = f"give a tag or a digest; or {hint}" if hint else "give a tag or a digest"
        if self.version_id:
            return f"a version_id names an object's version; {remedy}"
        return None if self.tag or self.digest else remedy

    def _object_problem(self) -> str | None:
        if self.tag:
            return "a tag names an image; give the object's version_id"
        if bool(self.version_id) == bool(self.digest):
            return "give the object's version_id, or the digest of a release that was deployed before"
        return None

    @property
    def service(self) -> str:
        """The name of the service."""
        return named_service(self.repository, self.artifact)

    @property
    def artifact_kind(self) -> ArtifactKind:
        """What the service's artifacts are."""
        return ArtifactKind.S3_OBJECT if self.artifact else ArtifactKind.CONTAINER_IMAGE


class PromotionInput(PromotionWish):
    """What a person starts the promotion machine with."""

    started_by: Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(persons_name)] | None = None


def promotion_request(event: object) -> PromotionRequest:
    """Return what a person has started an execution with.

    Raises:
        InvalidRequestError: it is not a correct input of a person.
    """
    if isinstance(event, Mapping) and "detail" in event:
        message = "This is an event, and only StartPromotion starts promotions for events"
        raise InvalidRequestError(f"{message}. A manual input looks like {EXAMPLE}.")
    typed = from_person(PromotionInput, event, EXAMPLE)
    return PromotionRequest(
        typed.service,
        typed.tag,
        typed.digest,
        is_manual=True,
        environments=typed.environments,
        release_from_quarantine=typed.release_from_quarantine,
        started_by=typed.started_by,
        artifact=typed.artifact_kind,
        version_id=typed.version_id,
        is_configuration_only=typed.configuration_only,
    )
