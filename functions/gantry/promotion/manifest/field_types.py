"""The kinds of field a manifest has: each checks what YAML read, says what would be right, and is in the JSON schema.

A check runs before pydantic's own, so that every message is ours: what is wrong, with the value, and what would be
right. The field's path is added where the problems are collected.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, NoReturn

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from gantry.promotion import durations
from gantry.promotion.manifest.messages import mismatch, one_of, show


def refuse(message: str) -> NoReturn:
    """Report one problem of the field at hand."""
    raise PydanticCustomError("problem", "{message}", {"message": message})


class FieldType(ABC):
    """What may stand in a field; used as `Annotated[type, FieldType(...)]`."""

    @abstractmethod
    def check(self, value: object) -> object:
        """Return what the field's type takes, or refuse."""

    @abstractmethod
    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """The JSON schema of what may be written; `inner` is the one that pydantic has for the type."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's hook
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return self.schema(handler(schema))


@dataclass(frozen=True)
class StringField(FieldType):
    """A string of a certain form."""

    what: str
    """`an AWS account id`"""
    right: str
    """`give 12 digits in quotes`"""
    pattern: str | None = None
    secret: bool = False
    """Never put the value into a message."""
    reserved: frozenset[str] = frozenset()

    def check(self, value: object) -> str:
        """Return the text itself."""
        if not isinstance(value, str):
            quotes = "" if value is None or isinstance(value, list | dict) else ": YAML needs quotes around it"
            refuse(f"{mismatch(value, 'text', secret=self.secret)}{quotes}; {self.right}")
        if self.pattern and not re.fullmatch(self.pattern, value):
            refuse(f"{show(value)} is not {self.what}; {self.right}")
        if value in self.reserved:
            refuse(f"{show(value)} is reserved: AWS Lambda sets it itself; choose another name")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """The pattern, which also holds the least and the greatest length, and what is reserved."""
        schema: dict[str, Any] = {"type": "string"}
        if self.pattern:
            schema["pattern"] = self.pattern
        if self.reserved:
            schema["not"] = {"enum": sorted(self.reserved)}
        return schema


@dataclass(frozen=True)
class IntegerField(FieldType):
    """A whole number from `least` to `most`, both included."""

    least: int
    most: int
    unit: str = ""
    instead: dict[int, str] = field(default_factory=dict)
    """What to say about a value that people are likely to try."""

    def check(self, value: object) -> int:
        """Return the number itself."""
        unit = f" {self.unit}" if self.unit else ""
        right = f"give {self.least} to {self.most}{unit}"
        if not isinstance(value, int) or isinstance(value, bool):
            quotes = ", without quotes" if isinstance(value, str) and value.isdecimal() else ""
            refuse(f"{show(value)} is not a whole number; {right}{quotes}")
        if value in self.instead:
            refuse(self.instead[value])
        if not self.least <= value <= self.most:
            refuse(f"{show(value)} is out of range; {right}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """The range."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class BooleanField(FieldType):
    """True or false. A text is neither: to Python 'false' would be true."""

    def check(self, value: object) -> bool:
        """Return the truth value itself."""
        if not isinstance(value, bool):
            quotes = ", without quotes" if isinstance(value, str) else ""
            refuse(f"{mismatch(value, 'a truth value')}; give true or false{quotes}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Only YAML's own true and false."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class DurationField(FieldType):
    """A duration in a range; the field holds its seconds."""

    least: int
    most: int
    example: str

    def check(self, value: object) -> int:
        """Return the seconds."""
        right = f"give a whole number and one of s, m, h, d, like {self.example}"
        if isinstance(value, int) and not isinstance(value, bool):
            refuse(f"{show(value)} has no unit; {right}")
        if not isinstance(value, str) or not re.fullmatch(durations.PATTERN, value):
            refuse(f"{show(value)} is not a duration; {right}")
        seconds = durations.seconds(value)
        if not self.least <= seconds <= self.most:
            wrong = "short" if seconds < self.least else "long"
            refuse(f"{show(value)} is too {wrong}; give {durations.text(self.least)} to {durations.text(self.most)}")
        return seconds

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """The form; the range cannot be said in a schema."""
        return {"type": "string", "pattern": durations.PATTERN}


@dataclass(frozen=True)
class ChoiceField(FieldType):
    """One of a few names."""

    names: tuple[str, ...]

    def check(self, value: object) -> str:
        """Return the name itself."""
        if not isinstance(value, str) or value not in self.names:
            refuse(f"{show(value)} is not known; {one_of(value, self.names)}")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """The names."""
        return {"enum": list(self.names)}
