"""The types of a manifest's fields. Each checks a value, says what would be right, and describes itself to editors.

A check runs before pydantic's own, so that every message is Gantry's: the value, what is wrong with it, and what would
be right. The field's path is added where the problems are collected.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, NoReturn

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from gantry.promotion import durations
from gantry.promotion.manifest.messages import quoted, suggestion, wrong_type


def refuse(message: str) -> NoReturn:
    """Report a problem of the field that is being checked."""
    raise PydanticCustomError("problem", "{message}", {"message": message})


class FieldType(ABC):
    """What a field may hold; used as `Annotated[type, FieldType(...)]`."""

    @abstractmethod
    def check(self, value: object) -> object:
        """Return the value as the field's type takes it, or refuse it."""

    @abstractmethod
    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON schema of what may be written; `inner` is pydantic's own for the type."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's hook
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return self.schema(handler(schema))


@dataclass(frozen=True)
class StringField(FieldType):
    """A string of a certain form."""

    name: str
    """What the string is: `an AWS account id`."""
    remedy: str
    """What would be right: `give 12 digits in quotes`."""
    pattern: str | None = None
    secret: bool = False
    """Never put the value into a message."""
    reserved: frozenset[str] = frozenset()
    reserved_by: str = ""
    """Who sets the reserved names."""

    def check(self, value: object) -> str:
        """Return the string itself."""
        if not isinstance(value, str):
            quotes = "" if value is None or isinstance(value, list | dict) else ": YAML needs quotes around it"
            refuse(f"{wrong_type(value, 'text', secret=self.secret)}{quotes}; {self.remedy}")
        if self.pattern and not re.fullmatch(self.pattern, value):
            refuse(f"{'it' if self.secret else quoted(value)} is not {self.name}; {self.remedy}")
        if value in self.reserved:
            refuse(f"{quoted(value)} is reserved: {self.reserved_by} sets it itself; choose another name")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the pattern, which also limits the length, and the reserved names."""
        schema: dict[str, Any] = {"type": "string"}
        if self.pattern:
            schema["pattern"] = self.pattern
        if self.reserved:
            schema["not"] = {"enum": sorted(self.reserved)}
        return schema


@dataclass(frozen=True)
class IntegerField(FieldType):
    """A whole number from `minimum` to `maximum`, both included."""

    minimum: int
    maximum: int
    unit: str = ""
    hints: dict[int, str] = field(default_factory=dict, hash=False)
    """What to say about a wrong value that people are likely to try."""

    def check(self, value: object) -> int:
        """Return the number itself."""
        unit = f" {self.unit}" if self.unit else ""
        remedy = f"give {self.minimum} to {self.maximum}{unit}"
        if not isinstance(value, int) or isinstance(value, bool):
            quotes = ", without quotes" if isinstance(value, str) and value.isdecimal() else ""
            refuse(f"{is_not(value, 'a whole number')}; {remedy}{quotes}")
        if value in self.hints:
            refuse(self.hints[value])
        if not self.minimum <= value <= self.maximum:
            refuse(f"{quoted(value)} is out of range; {remedy}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the range."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True)
class BooleanField(FieldType):
    """True or false. A string is neither: Python would read 'false' as true."""

    def check(self, value: object) -> bool:
        """Return the boolean itself."""
        if not isinstance(value, bool):
            quotes = ", without quotes" if isinstance(value, str) else ""
            refuse(f"{wrong_type(value, 'a boolean')}; give true or false{quotes}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the type: only YAML's own true and false."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class DurationField(FieldType):
    """A duration in a range of seconds. The field holds its seconds."""

    minimum: int
    maximum: int
    example: str

    def check(self, value: object) -> int:
        """Return the seconds."""
        remedy = f"give a whole number and one of s, m, h, d, like {self.example}"
        if isinstance(value, int) and not isinstance(value, bool):
            refuse(f"{quoted(value)} has no unit; {remedy}")
        if not isinstance(value, str) or not re.fullmatch(durations.PATTERN, value):
            refuse(f"{is_not(value, 'a duration')}; {remedy}")
        seconds = durations.seconds(value)
        if not self.minimum <= seconds <= self.maximum:
            wrong = "short" if seconds < self.minimum else "long"
            allowed = f"{durations.text(self.minimum)} to {durations.text(self.maximum)}"
            refuse(f"{quoted(value)} is too {wrong}; give {allowed}")
        return seconds

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the form. A JSON schema cannot express the range."""
        return {"type": "string", "pattern": durations.PATTERN}


@dataclass(frozen=True)
class ChoiceField(FieldType):
    """One of a few names."""

    names: tuple[str, ...]

    def check(self, value: object) -> str:
        """Return the name itself."""
        if not isinstance(value, str) or value not in self.names:
            refuse(f"{is_not(value, 'known')}; {suggestion(value, self.names)}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the names."""
        return {"enum": list(self.names)}


def is_not(value: object, wanted: str) -> str:
    """Say that a value is not what is wanted: `'x' is not a number`."""
    return "nothing is given" if value is None else f"{quoted(value)} is not {wanted}"
