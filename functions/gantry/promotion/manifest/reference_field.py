"""A value in `configuration`: text, or a reference to where the value lies."""

import re
from dataclasses import dataclass
from typing import Any

from gantry.promotion.manifest.field_types import FieldType, StringField, refuse
from gantry.promotion.manifest.messages import quoted, suggestion
from gantry.promotion.manifest.name_fields import LONGEST_PARAMETER_NAME, parameter_pattern
from gantry.promotion.references.reference import LONGEST_VERSION, PARAMETER, SECRET, Reference, read

_FORMS = "give {parameter: /name} or {secret: name, key: name}"
_NAMES = {
    PARAMETER: (parameter_pattern(LONGEST_PARAMETER_NAME), "a parameter's name", "/cowsay/prod/url"),
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    SECRET: (r"^[a-zA-Z0-9/_+=.@-]{1,512}$", "a secret's name", "cowsay/db"),
}
_KEY = r"^[^:\s]{1,128}$"
_LONGEST_NUMBER = "9" * 10


@dataclass(frozen=True)
class ReferenceField(FieldType):
    """A text of a certain form, or a reference. The field holds the reference's text."""

    text: StringField

    def check(self, value: object) -> str:
        """Return the text itself, or the reference's."""
        if isinstance(value, dict):
            reference = _reference(value)
            self.text.check(_longest(reference))
            return reference.text()
        text = self.text.check(value)
        if read(text):
            refuse(f"it reads like a reference with a version, which Gantry finds out; {_FORMS}")
        return text

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return all three forms."""
        key = {"type": "string", "pattern": _KEY}
        forms = [
            {
                "type": "object",
                "properties": {store: {"type": "string", "pattern": pattern}, **more},
                "required": [store],
                "additionalProperties": False,
            }
            for store, (pattern, _, _) in _NAMES.items()
            for more in [{"key": key} if store == SECRET else {}]
        ]
        return {"anyOf": [self.text.schema(inner), *forms]}


def longest_text(value: object) -> str | None:
    """Return what a revision gets of a value at most; None where it is neither text nor a reference."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return None
    try:
        return _longest(_reference(value))
    except ValueError:
        return None


def _longest(reference: Reference) -> str:
    return reference.text(_LONGEST_NUMBER if reference.store == PARAMETER else "v" * LONGEST_VERSION)


def _reference(value: dict[Any, Any]) -> Reference:
    """Return the reference that a mapping is, or refuse it."""
    stores = [store for store in (PARAMETER, SECRET) if store in value]
    if len(stores) != 1:
        refuse(f"a reference names one parameter or one secret; {_FORMS}")
    (store,) = stores
    known = (store, "key") if store == SECRET else (store,)
    if unknown := [each for each in value if each not in known]:
        refuse(f"{quoted(unknown[0])} is no key of a reference to a {store}; {suggestion(unknown[0], known)}")
    name, (pattern, called, example) = value[store], _NAMES[store]
    if not isinstance(name, str) or not re.fullmatch(pattern, name):
        arn = ", and no ARN: it is read in each target's own account and region"
        refuse(f"{quoted(name)} is not {called}; give the name, like {example}{arn}")
    key = value.get("key", "")
    if "key" in value and (not isinstance(key, str) or not re.fullmatch(_KEY, key)):
        refuse(f"{quoted(key)} is not the name of a value in a secret; give one without spaces and colons")
    return Reference(store, name, key)
