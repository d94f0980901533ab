"""What the registry says of an image that was pushed, or that a person names, before its release is found."""

from gantry.promotion.errors import ArtifactNotFoundError, InvalidRequestError
from gantry.use_cases.promotion_request import PromotionRequest
from gantry.use_cases.services import Services

_MOST_TAGS = 10
"""How many tags a message names. An image may have a thousand."""


def tags_of(promotion: PromotionRequest, services: Services) -> tuple[str, ...] | None:
    """Return the tags of a digest that comes with a tag; None without either, or when there is no such image.

    Finding the release says that there is none, once the push is claimed.
    """
    if not promotion.tag or not promotion.digest:
        return None
    try:
        return services.images.tags(promotion.location, promotion.digest)
    except ArtifactNotFoundError:
        return None


def lost_tag(promotion: PromotionRequest, tags: tuple[str, ...] | None, services: Services) -> str | None:
    """Return why a push is ignored whose tag names something else by now; None when the tag is the image's.

    Tags move. What the tag names now was pushed later, so its own push says what is to be live. Nothing is claimed
    here: if the tag comes back, that push is promoted.

    Raises:
        InvalidRequestError: a person gives a tag that is none of the digest's.
    """
    repository, tag, digest = promotion.location, promotion.tag, promotion.digest
    if tags is None or not tag or not digest:
        return None
    if tag in tags or services.images.is_tagged(repository, digest, tag):
        return None
    if not promotion.is_manual:
        return f"the tag {tag} does not name {digest} any more; what it names now is promoted by its own push"
    shown = ", ".join(tags[:_MOST_TAGS]) + (" and others" if len(tags) > _MOST_TAGS else "")
    named = f"its tags are {shown}" if tags else "it has no tag"
    message = f"{repository}@{digest} is not tagged {tag}: {named}. Give one of its own, or the tag or the digest alone"
    raise InvalidRequestError(message)
