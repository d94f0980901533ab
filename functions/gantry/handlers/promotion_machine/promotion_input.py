"""What a promotion can be started with: ECR's push event, or an input that a person typed."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from gantry.handlers.entry import PersonsInput, from_person
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.promotion_origin import LONGEST_NAME, as_name
from gantry.use_cases.promotion_request import PromotionRequest

EXAMPLE = (
    '{"repository": "cowsay", "tag": "4f0c2d1"} or '
    '{"repository": "cowsay", "digest": "sha256:…", "environments": ["prod"], "started_by": "you@example.com"}'
)

LONGEST_REASON = 500
"""Characters. Approvers read it, and their own reasons are no longer either."""
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=LONGEST_REASON)]


class PushDetail(BaseModel):
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html ."""

    repository: str = Field(alias="repository-name")
    digest: str = Field(alias="image-digest")
    tag: str | None = Field(default=None, alias="image-tag")


class Push(BaseModel):
    """An event `ECR Image Action`."""

    detail: PushDetail


def _name(typed: str) -> str:
    name = as_name(typed)
    if name is None:
        message = "give a mail address or a user name, in printable characters"
        raise ValueError(message)
    return name


class PromotionInput(PersonsInput):
    """What a person starts the promotion machine with."""

    repository: str
    tag: str | None = None
    digest: str | None = Field(default=None, pattern=r"^sha256:[0-9a-f]{64}$")
    environments: tuple[str, ...] | None = Field(default=None, min_length=1)
    release_from_quarantine: Reason | None = None
    started_by: Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_name)] | None = None

    @model_validator(mode="after")
    def _names_an_artifact(self) -> "PromotionInput":
        if not self.tag and not self.digest:
            message = "give a tag or a digest"
            raise ValueError(message)
        return self


def promotion_request(event: Mapping[str, Any]) -> PromotionRequest:
    """Return what the execution was started with.

    Raises:
        InvalidRequestError: it is neither a push event nor a correct input of a person.
    """
    if event.get("source") == "aws.ecr":
        push = Push.model_validate(event).detail
        return PromotionRequest(push.repository, push.tag, push.digest, is_manual=False)
    if "detail" in event:
        raise InvalidRequestError(f"This is an event, but not one of ECR's. A manual input looks like {EXAMPLE}")
    typed = from_person(PromotionInput, event, EXAMPLE)
    return PromotionRequest(
        typed.repository,
        typed.tag,
        typed.digest,
        is_manual=True,
        environments=typed.environments,
        release_from_quarantine=typed.release_from_quarantine,
        started_by=typed.started_by,
    )
