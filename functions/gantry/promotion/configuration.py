"""The part of a function's configuration that belongs to a release and is published with its code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from gantry.promotion.masking import mask_command


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a published version should have. None leaves a setting as the function has it."""

    memory_mb: int | None = None
    timeout_seconds: int | None = None
    ephemeral_storage_mb: int | None = None
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    """All environment variables, not only additional ones. Not in the repr: values may be secrets."""
    command: Sequence[str] | None = None
    """Overrides the image's CMD; an empty list goes back to the image's own."""
    role: str | None = None
    """The ARN of the execution role."""

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> "Configuration":
        """What a function or version has, from a response of GetFunctionConfiguration, all settings given.

        What Lambda leaves out is what is not set: no variables, no override of the image's command.
        """
        image_config = response.get("ImageConfigResponse", {}).get("ImageConfig", {})
        return cls(
            memory_mb=response["MemorySize"],
            timeout_seconds=response["Timeout"],
            ephemeral_storage_mb=response.get("EphemeralStorage", {}).get("Size", 512),
            environment=dict(response.get("Environment", {}).get("Variables", {})),
            command=list(image_config.get("Command", [])),
            role=response["Role"],
        )

    def request(self) -> dict[str, Any]:
        """The arguments of UpdateFunctionConfiguration for what is given, without the function's name."""
        arguments = {
            "MemorySize": self.memory_mb,
            "Timeout": self.timeout_seconds,
            "EphemeralStorage": None if self.ephemeral_storage_mb is None else {"Size": self.ephemeral_storage_mb},
            "Environment": None if self.environment is None else {"Variables": dict(self.environment)},
            "ImageConfig": None if self.command is None else {"Command": list(self.command)},
            "Role": self.role,
        }
        return {name: value for name, value in arguments.items() if value is not None}

    def differences(self, actual: "Configuration") -> list[str]:
        """One line for each given setting that `actual` does not have: `memory_mb: 256, not 512` as asked for.

        Of environment variables only the names are told, and a command's arguments are masked where they look like
        secrets: this gets into logs and executions.
        """
        settings = [each.name for each in fields(self) if each.name != "environment"]
        pairs = [(name, getattr(self, name), getattr(actual, name)) for name in settings]
        found = [
            f"{name}: {_told(has)}, not {_told(wanted)}"
            for name, wanted, has in pairs
            if wanted is not None and not _same(wanted, has)
        ]
        if self.environment is not None and (variables := _variables(self.environment, actual.environment or {})):
            found.append(f"environment: {variables}")
        return found


def _same(wanted: object, has: object) -> bool:
    """Equal, whether a sequence came as a list or as a tuple."""
    if isinstance(wanted, list | tuple) and isinstance(has, list | tuple):
        return list(wanted) == list(has)
    return wanted == has


def _told(value: object) -> object:
    return mask_command(value) if isinstance(value, list | tuple) else value


def _variables(wanted: Mapping[str, str], has: Mapping[str, str]) -> str:
    """What is different, by name; empty when nothing is."""
    told = {
        "missing": sorted(wanted.keys() - has.keys()),
        "not asked for": sorted(has.keys() - wanted.keys()),
        "with another value": sorted(name for name in wanted.keys() & has.keys() if wanted[name] != has[name]),
    }
    return "; ".join(f"{' '.join(names)} {what}" for what, names in told.items() if names)
