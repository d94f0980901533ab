"""How people name services, releases and times on the command line."""

import re
from typing import TYPE_CHECKING, Any

import click

from gantry.command_line.errors import CommandError, Exit
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.durations import seconds
from gantry.promotion.nearest_names import nearest_names
from gantry.promotion.service_name import bucket_and_key, is_of_object, location_of
from gantry.promotion.timestamps import moment

if TYPE_CHECKING:
    from gantry.use_cases.services import Services

_DIGEST = r"sha256:[0-9a-f]{64}"


def named_artifact(service: str) -> dict[str, Any]:
    """Return how an input names a service: by the repository, or by the object whose service it is."""
    if not is_of_object(service):
        return {"repository": service}
    bucket, key = bucket_and_key(location_of(ArtifactKind.S3_OBJECT, service))
    return {"artifact": {"bucket": bucket, "key": key}}


def named_release(service: str, release: str) -> dict[str, str]:
    """Return how an input names a release: by a digest, an object's version, or an image's tag."""
    if re.fullmatch(_DIGEST, release):
        return {"digest": release}
    return {"version_id": release} if is_of_object(service) else {"tag": release}


def named_revision(to: str | None) -> dict[str, str]:
    """Return how a rollback's input names what to go back to.

    What has digits only, or a sign that no tag has, is a version. `version:` or `tag:` before it says which is meant.
    """
    if to is None:
        return {}
    if re.fullmatch(_DIGEST, to):
        return {"digest": to}
    kind, _, name = to.partition(":")
    if kind in {"version", "tag"} and name:
        return {kind: name}
    return {"version": to} if re.fullmatch(r"[0-9]{1,6}|.*[^A-Za-z0-9_.-].*", to) else {"tag": to}


def require_moment(text: str | None) -> None:
    """Return quietly if a text is a moment, or none is given.

    Raises:
        CommandError: it is something else.
    """
    try:
        has_zone = text is None or moment(text).tzinfo is not None
    except ValueError:
        has_zone = False
    if not has_zone:
        message = f"{text} is no moment. One is like 2026-11-22T09:30:00.000Z, as the last line of the list says it."
        raise CommandError(message, Exit.USAGE)


def require_service(services: "Services", name: str) -> None:
    """Return quietly if a service is on the board.

    Raises:
        CommandError: it is not.
    """
    from gantry.use_cases.operator.read_board import read_board

    if not read_board(services, name).services:
        raise no_service(services, name)


def no_service(services: "Services", name: str) -> CommandError:
    """Return the error that a service was never promoted, with the services that were, the nearest first."""
    from gantry.use_cases.operator.read_board import read_board

    known = nearest_names(name, [each.service for each in read_board(services).services])
    others = f"There are {known}." if known else "None was promoted yet."
    return CommandError(f"Nothing of a service {name} is on record. {others}", Exit.USAGE)


class Duration(click.ParamType):
    """A whole number and a unit: `90s`, `30m`, `2h`. Gives seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 -- click's
        """Return the seconds."""
        if isinstance(value, int):
            return value
        try:
            return seconds(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
