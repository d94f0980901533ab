"""The part of a function's configuration that belongs to a release and is published with its code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from gantry.promotion.masking import Masking, hidden_command, hidden_value
from gantry.targets.lambda_alias.package_types import ZIP, package_type

_IMAGES_OWN = "the image's own"
_NEVER_SECRET = ("memory_mb", "timeout_seconds", "ephemeral_storage_mb", "role", "runtime", "handler")


@dataclass(frozen=True, slots=True)
class LambdaConfiguration:
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
    entry_point: Sequence[str] | None = None
    """Overrides the image's ENTRYPOINT; an empty list goes back to the image's own."""
    working_directory: str | None = None
    """Overrides the image's WORKDIR; an empty text goes back to the image's own."""
    runtime: str | None = None
    """What runs a zip. This, `handler` and `layers` are None where there is an image, and what overrides it is None
    where there is a zip: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html"""
    handler: str | None = None
    """The method in a zip that Lambda calls."""
    layers: Sequence[str] | None = None
    """The ARNs of the versions of layers that a zip is completed by, in their order."""

    @classmethod
    def of_manifest(cls, keys: Mapping[str, Any], role: str | None = None) -> "LambdaConfiguration":
        """Return what a manifest's `configuration` gives, with the target's own role.

        Keys of other kinds are passed over: an environment may have targets of several.
        """
        known = {each.name for each in fields(cls)} - {"role"}
        return cls(**{key: value for key, value in keys.items() if key in known}, role=role)

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> "LambdaConfiguration":
        """Return what a function or version has, from a response of GetFunction, all settings given that it can have.

        Lambda leaves out what is not set: no variables, no layers, or no override of the image's command.
        """
        return cls(
            memory_mb=response["MemorySize"],
            timeout_seconds=response["Timeout"],
            ephemeral_storage_mb=response.get("EphemeralStorage", {}).get("Size", 512),
            environment=dict(response.get("Environment", {}).get("Variables", {})),
            role=response["Role"],
            **(_of_zip(response) if package_type(response) == ZIP else _of_image(response)),
        )

    def completed_by(self, other: "LambdaConfiguration") -> "LambdaConfiguration":
        """Return these settings, and those of `other` where none is given. The role stays as it is given."""
        missing = [each.name for each in fields(self) if each.name != "role" and getattr(self, each.name) is None]
        return replace(self, **{name: getattr(other, name) for name in missing})

    def without_unchanged_layers(self, other: "LambdaConfiguration") -> "LambdaConfiguration":
        """Return these settings, without the layers if `other` has the same.

        Lambda asks its caller for the right to each layer that it is sent, and keeps those of which nothing is said.
        """
        is_same = self.layers is not None and _same(self.layers, other.layers)
        return replace(self, layers=None) if is_same else self

    def request(self) -> dict[str, Any]:
        """Return the arguments of UpdateFunctionConfiguration for what is given, without the function's name.

        Lambda replaces `ImageConfig` as a whole: what is not in it goes back to the image's own. So it has no empty
        values, and a function that exists is sent a configuration that is complete.
        """
        arguments = {
            "MemorySize": self.memory_mb,
            "Timeout": self.timeout_seconds,
            "EphemeralStorage": None if self.ephemeral_storage_mb is None else {"Size": self.ephemeral_storage_mb},
            "Environment": None if self.environment is None else {"Variables": dict(self.environment)},
            "ImageConfig": self._image_config(),
            "Role": self.role,
            "Runtime": self.runtime,
            "Handler": self.handler,
            "Layers": None if self.layers is None else list(self.layers),
        }
        return {name: value for name, value in arguments.items() if value is not None}

    def _image_config(self) -> dict[str, Any] | None:
        """Return what overrides the image; None when nothing is said about that."""
        given = {"Command": self.command, "EntryPoint": self.entry_point, "WorkingDirectory": self.working_directory}
        if all(value is None for value in given.values()):
            return None
        overrides = {name: value for name, value in given.items() if value}
        return {name: value if isinstance(value, str) else list(value) for name, value in overrides.items()}

    def masked(self, masking: Masking) -> dict[str, str]:
        """Return the given settings for people: `{"memory_mb": "512", "environment.LOG_LEVEL": "INFO"}`.

        Environment variables and arguments that look like secrets are masked, and very long values are shortened. No
        variables at all are `{"environment": "none"}`.
        """
        values = {name: getattr(self, name) for name in _NEVER_SECRET}
        found = {name: str(value) for name, value in values.items() if value is not None}
        if self.environment is not None:
            variables = {f"environment.{name}": masking.value(name, value) for name, value in self.environment.items()}
            found |= variables or {"environment": "none"}
        for name in ("command", "entry_point"):
            if (arguments := getattr(self, name)) is not None:
                found[name] = masking.command(arguments)
        if self.working_directory is not None:
            found["working_directory"] = masking.value("working_directory", self.working_directory) or _IMAGES_OWN
        if self.layers is not None:
            found["layers"] = " ".join(self.layers) or "none"
        return found

    def differences(self, actual: "LambdaConfiguration") -> list[str]:
        """Return one line for each given setting that `actual` does not have: `memory_mb: 256, not 512` as asked for.

        Variables are named without their values, and a command's arguments are masked where they look like secrets:
        logs and executions contain these lines.
        """
        settings = [each.name for each in fields(self) if each.name != "environment"]
        pairs = [(name, getattr(self, name), getattr(actual, name)) for name in settings]
        found = [
            f"{name}: {_masked(has)}, not {_masked(wanted)}"
            for name, wanted, has in pairs
            if wanted is not None and not _same(wanted, has)
        ]
        if self.environment is not None and (variables := _variables(self.environment, actual.environment or {})):
            found.append(f"environment: {variables}")
        return found


def _of_image(response: Mapping[str, Any]) -> dict[str, Any]:
    image_config = response.get("ImageConfigResponse", {}).get("ImageConfig", {})
    return {
        "command": list(image_config.get("Command") or []),
        "entry_point": list(image_config.get("EntryPoint") or []),
        "working_directory": image_config.get("WorkingDirectory") or "",
    }


def _of_zip(response: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "runtime": response.get("Runtime"),
        "handler": response.get("Handler"),
        "layers": [each["Arn"] for each in response.get("Layers") or ()],
    }


def _same(wanted: object, has: object) -> bool:
    """Whether two values are equal. A list and a tuple may be."""
    if isinstance(wanted, list | tuple) and isinstance(has, list | tuple):
        return list(wanted) == list(has)
    return wanted == has


def _masked(value: object) -> object:
    if isinstance(value, str):
        return hidden_value("setting", value) or _IMAGES_OWN
    return hidden_command(value) if isinstance(value, list | tuple) else value


def _variables(wanted: Mapping[str, str], has: Mapping[str, str]) -> str:
    """Return the names of the variables that differ; empty when none does."""
    differences = {
        "missing": sorted(wanted.keys() - has.keys()),
        "not asked for": sorted(has.keys() - wanted.keys()),
        "with another value": sorted(name for name in wanted.keys() & has.keys() if wanted[name] != has[name]),
    }
    return "; ".join(f"{' '.join(names)} {what}" for what, names in differences.items() if names)
