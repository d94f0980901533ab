"""How people name a service in an input: by the repository of its images, or by its object in S3."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator

from gantry.handlers.entry import PersonsInput
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.manifest.messages import quoted
from gantry.promotion.object_name import BUCKET_PATTERN, BUCKET_REMEDY, KEY_PATTERN, KEY_REMEDY
from gantry.promotion.service_name import service_of


def matching(pattern: str, remedy: str) -> Callable[[str], str]:
    """Return a check that a text has a certain form."""

    def check(typed: str) -> str:
        if not re.fullmatch(pattern, typed):
            message = f"{quoted(typed)} cannot be one; {remedy}"
            raise ValueError(message)
        return typed

    return check


class ObjectInput(PersonsInput):
    """An object in S3 whose versions are releases."""

    bucket: Annotated[str, AfterValidator(matching(BUCKET_PATTERN, BUCKET_REMEDY))]
    key: Annotated[str, AfterValidator(matching(KEY_PATTERN, KEY_REMEDY))]

    @property
    def service(self) -> str:
        """The name of its service."""
        return service_of(ArtifactKind.S3_OBJECT, f"{self.bucket}/{self.key}")


def named_service(repository: str | None, artifact: ObjectInput | None) -> str:
    """Return the service that an input names.

    Raises:
        ValueError: it names none, or two.
    """
    if repository and artifact:
        message = "give a repository or an artifact, not both"
        raise ValueError(message)
    if artifact:
        return artifact.service
    if not repository:
        message = 'give a repository, or an artifact like {"bucket": "acme-artifacts", "key": "glue/etl.py"}'
        raise ValueError(message)
    return repository
