"""What a caller wants to know before it is promoted, in the address of a signed call."""

from datetime import UTC, datetime

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import Field

from gantry.handlers.entry import PersonsInput, from_person
from gantry.handlers.http_api.request_facts import caller_of
from gantry.handlers.promotion_input import Digest, Tag, VersionId
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.timestamps import iso
from gantry.use_cases.preview.previewed_release import PreviewRequest

EXAMPLE = "GET /previews/cowsay?environment=prod&tag=4f0c2d1"
_BEFORE_A_SERVICE = "/previews/"


class PreviewWish(PersonsInput):
    """The query of the call."""

    environment: str | None = Field(default=None, min_length=1)
    """One, or several with commas between them, as the API joins a name that is given several times."""
    tag: Tag | None = None
    digest: Digest | None = None
    version_id: VersionId | None = None
    release_from_quarantine: bool = False
    configuration_only: bool = False


def read_preview(event: APIGatewayProxyEventV2) -> PreviewRequest:
    """Return what a caller wants to know, whose signature the HTTP API has checked.

    The API decodes the path, and a service's name may have slashes. It joins parameters of one name with commas:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

    Raises:
        InvalidRequestError: the call cannot be used; with everything that is wrong.
    """
    wish = from_person(PreviewWish, event.query_string_parameters or {}, EXAMPLE)
    named = [each for each in (wish.tag, wish.digest, wish.version_id) if each]
    if wish.configuration_only and (named or wish.release_from_quarantine):
        raise InvalidRequestError("With configuration_only, each environment keeps its artifact: name none.")
    if len(named) > 1:
        raise InvalidRequestError("Give one of tag, digest and version_id, or none of them.")
    return PreviewRequest(
        service=event.path.partition(_BEFORE_A_SERVICE)[2],
        caller=caller_of(event),
        at=iso(datetime.fromtimestamp(event.request_context.time_epoch / 1000, UTC)),
        environments=tuple(wish.environment.split(",")) if wish.environment else None,
        tag=wish.tag,
        digest=wish.digest,
        version_id=wish.version_id,
        releases_quarantine=wish.release_from_quarantine,
        is_configuration_only=wish.configuration_only,
    )
