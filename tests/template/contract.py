"""Gantry's own errors by which the machines decide what to do, by name, wherever they are defined."""

from gantry.promotion import errors
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.needs import errors as need_errors
from gantry.promotion.references import errors as reference_errors

OF_THE_MACHINES: dict[str, type[GantryError]] = {
    name: each
    for module in (errors, need_errors, reference_errors)
    for name, each in vars(module).items()
    if isinstance(each, type) and issubclass(each, GantryError)
}
