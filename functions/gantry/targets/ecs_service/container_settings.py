"""The part of a task definition that belongs to a release besides the image."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from gantry.promotion.masking import Masking
from gantry.promotion.secret_values import holds_a_secret

LARGEST_VARIABLES = 12 * 1024
"""Bytes of variables and secrets as JSON. ECS takes more, but approvals and executions hold what stands for each value,
which may be four times as large: see `written_size`."""


@dataclass(frozen=True, slots=True)
class ContainerSettings:
    """What the container that gets the image should have, and its task. None leaves a setting as it is live."""

    cpu: str | None = None
    """Of the whole task, as ECS writes it: `512`."""
    memory: str | None = None
    """Of the whole task, in MiB: `1024`."""
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    """All environment variables, not only additional ones. Not in the repr: values may be secrets."""
    secrets: Mapping[str, str] | None = field(default=None, repr=False)
    """All variables that ECS reads elsewhere, each with what says where. Not in the repr: some people give values."""
    command: Sequence[str] | None = field(default=None, repr=False)
    """Overrides the image's CMD; an empty list goes back to the image's own."""

    @classmethod
    def of_manifest(cls, keys: Mapping[str, Any]) -> "ContainerSettings":
        """Return what a manifest's `configuration` gives. Keys of other kinds are passed over."""
        known = {each.name for each in fields(cls)}
        return cls(**{key: value for key, value in keys.items() if key in known})

    @classmethod
    def of(cls, document: Mapping[str, Any], container: Mapping[str, Any]) -> "ContainerSettings":
        """Return what a container of a task definition has. A task without a size of its own has none here either."""
        return cls(
            cpu=document.get("cpu"),
            memory=document.get("memory"),
            environment={each["name"]: each.get("value", "") for each in container.get("environment") or ()},
            secrets={each["name"]: each["valueFrom"] for each in container.get("secrets") or ()},
            command=tuple(container.get("command") or ()),
        )

    def completed_by(self, other: "ContainerSettings") -> "ContainerSettings":
        """Return these settings, and those of `other` where none is given."""
        missing = [each.name for each in fields(self) if getattr(self, each.name) is None]
        return replace(self, **{name: getattr(other, name) for name in missing})

    def of_task(self) -> dict[str, str]:
        """Return the given settings of the task, in the words of RegisterTaskDefinition."""
        return {name: value for name, value in (("cpu", self.cpu), ("memory", self.memory)) if value is not None}

    def of_container(self) -> dict[str, Any]:
        """Return the given settings of the container, in the words of RegisterTaskDefinition."""
        found: dict[str, Any] = {}
        if self.environment is not None:
            found["environment"] = [{"name": name, "value": value} for name, value in self.environment.items()]
        if self.secrets is not None:
            found["secrets"] = [{"name": name, "valueFrom": place} for name, place in self.secrets.items()]
        if self.command is not None:
            found["command"] = list(self.command)
        return found

    def masked(self, masking: Masking) -> dict[str, str]:
        """Return the given settings for people: `{"cpu": "512", "environment.LOG_LEVEL": "INFO"}`.

        Variables and arguments that look like secrets are masked. Where a secret lies is shown, unless it may be one
        itself. No variables at all are `{"environment": "none"}`.
        """
        found = dict(self.of_task())
        if self.environment is not None:
            variables = {f"environment.{name}": masking.value(name, each) for name, each in self.environment.items()}
            found |= variables or {"environment": "none"}
        if self.secrets is not None:
            places = {f"secrets.{name}": _place(name, each, masking) for name, each in self.secrets.items()}
            found |= places or {"secrets": "none"}
        if self.command is not None:
            found["command"] = masking.command(self.command)
        return found


def _place(name: str, place: str, masking: Masking) -> str:
    """Return where a secret lies. By its variable's name, every place would look like a secret.

    A word alone is a parameter's name, or a password that somebody wrote there: so it is treated as a value.
    """
    is_place = "/" in place or place.startswith("arn:")
    return masking.text(name, place) if is_place and not holds_a_secret(place) else masking.value(name, place)


def too_many(environment: object, secrets: object) -> str | None:
    """Return what is wrong with variables and secrets that are too large together; None where nothing is."""
    written = json.dumps([environment, secrets], ensure_ascii=False, separators=(",", ":"), default=str)
    size = len(written.encode())
    if size <= LARGEST_VARIABLES:
        return None
    return (
        f"variables and secrets have {size} bytes; Gantry takes {LARGEST_VARIABLES} at most, so let the container read "
        "the rest from a file or from Parameter Store"
    )
