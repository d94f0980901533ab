"""What a person starts a promotion with, as the input of an execution or as the body of a call."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from gantry.handlers.entry import PersonsInput, from_person, persons_name
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.manifest.messages import quoted
from gantry.promotion.manifest.name_fields import REPOSITORY_PATTERN, REPOSITORY_REMEDY
from gantry.promotion.promotion_origin import LONGEST_NAME
from gantry.promotion.visible_text import LONGEST_REASON
from gantry.use_cases.promotion_request import PromotionRequest

EXAMPLE = (
    '{"repository": "cowsay", "tag": "4f0c2d1"} or '
    '{"repository": "cowsay", "digest": "sha256:…", "environments": ["prod"], "started_by": "you@example.com"}'
)

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=LONGEST_REASON)]


def _matching(pattern: str, remedy: str) -> Callable[[str], str]:
    """Return a check that a text has a certain form."""

    def check(typed: str) -> str:
        if not re.fullmatch(pattern, typed):
            message = f"{quoted(typed)} cannot be one; {remedy}"
            raise ValueError(message)
        return typed

    return check


Repository = Annotated[str, AfterValidator(_matching(REPOSITORY_PATTERN, REPOSITORY_REMEDY))]
# ECR refuses other tags in a call: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
Tag = Annotated[
    str,
    AfterValidator(
        _matching(
            r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}",
            "give letters, digits, _ . and -, 128 at most, and no . or - at the beginning",
        )
    ),
]


class PromotionWish(PersonsInput):
    """What somebody wants promoted, whoever it is."""

    repository: Repository
    tag: Tag | None = None
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    environments: tuple[str, ...] | None = Field(default=None, min_length=1)
    release_from_quarantine: Reason | None = None

    @model_validator(mode="after")
    def _names_an_artifact(self) -> "PromotionWish":
        if not self.tag and not self.digest:
            message = "give a tag or a digest"
            raise ValueError(message)
        return self


class PromotionInput(PromotionWish):
    """What a person starts the promotion machine with."""

    started_by: Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(persons_name)] | None = None


def promotion_request(event: Mapping[str, Any]) -> PromotionRequest:
    """Return what a person has started an execution with.

    Raises:
        InvalidRequestError: it is not a correct input of a person.
    """
    if "detail" in event:
        message = "This is an event, and only StartPromotion starts promotions for events"
        raise InvalidRequestError(f"{message}. A manual input looks like {EXAMPLE}")
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
