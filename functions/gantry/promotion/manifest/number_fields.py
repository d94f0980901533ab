"""The types of fields that hold a number which need not be whole."""

import re
from dataclasses import dataclass
from math import isnan
from typing import Any

from gantry.promotion.manifest.field_types import FieldType, is_not, refuse
from gantry.promotion.manifest.messages import quoted


@dataclass(frozen=True)
class NumberField(FieldType):
    """A number from `minimum` to `maximum`, both included, whole or not."""

    minimum: float
    maximum: float
    unit: str = ""

    def check(self, value: object) -> float:
        """Return the number. NaN and the infinities, which YAML can write, are none."""
        unit = f" {self.unit}" if self.unit else ""
        remedy = f"give a number from {self.minimum:.15g} to {self.maximum:.15g}{unit}"
        if not isinstance(value, int | float) or isinstance(value, bool) or (isinstance(value, float) and isnan(value)):
            quotes = ", without quotes" if isinstance(value, str) and re.fullmatch(r"-?[0-9.]+", value) else ""
            refuse(f"{is_not(value, 'a number')}; {remedy}{quotes}")
        if not self.minimum <= value <= self.maximum:
            refuse(f"{quoted(value)} is out of range; {remedy}")
        return float(value)

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the range."""
        return {"type": "number", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True)
class PercentField(NumberField):
    """A number in per cent or percentage points, with two decimals at most."""

    unit: str = "per cent"

    def check(self, value: object) -> float:
        """Return the number."""
        number = super().check(value)
        if round(number, 2) != number:
            refuse(f"{quoted(value)} has more than two decimals; give two at most")
        return number
