"""Change what a file says of a release, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gantry.promotion.write_back import json_file, owned_file, tfvars_file, yaml_file
from gantry.promotion.write_back.document import TEXT, Node, says, value_at, with_text
from gantry.promotion.write_back.errors import WrittenFileError
from gantry.promotion.write_back.key_path import KeyPath
from gantry.promotion.write_back.settings import Format

OWNED: Format = "tfvars.json"
LARGEST = 1024 * 1024
"""Bytes of a file. A GraphQL answer of GitHub holds no more of one."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How a format is read and written."""

    read: Callable[[str], Node]
    written: Callable[[str, str], str]
    """A text as the format has it, and what stood there before."""


_FORMS: Mapping[Format, _Form] = {
    "json": _Form(json_file.read, json_file.written),
    "yaml": _Form(yaml_file.read, yaml_file.written),
    "tfvars": _Form(tfvars_file.read, tfvars_file.written),
}


def edited(before: bytes | None, form: Format, values: Mapping[KeyPath, str]) -> bytes:
    """Return a file with these values; the same bytes when it says so already.

    Args:
        before: what the file holds; None where it does not exist.
        form: how it is written.
        values: the text that each key should have.

    Raises:
        WrittenFileError: the file cannot be changed without guessing. The message says why.
    """
    text = _text(before)
    if form == OWNED:
        return owned_file.edited(text, values).encode()
    if text is None:
        raise WrittenFileError(f"it does not exist; create it with the key, or give format: {OWNED}")
    for path, value in values.items():
        text = _with_value(text, _FORMS[form], path, value)
    return text.encode()


def said(content: bytes | None, form: Format, path: KeyPath) -> str | None:
    """Return what a file says at a key; None where a file that only Gantry writes says nothing there yet.

    Raises:
        WrittenFileError: as `edited`.
    """
    text = _text(content)
    if form == OWNED:
        return owned_file.said(text, path)
    return None if text is None else value_at(_FORMS[form].read(text), path).content


def _text(before: bytes | None) -> str | None:
    if before is None:
        return None
    if len(before) > LARGEST:
        raise WrittenFileError(f"it has {len(before)} bytes; give {LARGEST} at most")
    try:
        return before.decode()
    except UnicodeDecodeError as error:
        raise WrittenFileError("it is not UTF-8; save it as UTF-8") from error


def _with_value(text: str, form: _Form, path: KeyPath, wanted: str) -> str:
    """Replace one value's characters. What is read afterwards has to be what it was, but for this value."""
    root = form.read(text)
    value = value_at(root, path)
    if value.type == TEXT and value.content == wanted:
        return text
    after = text[: value.start] + form.written(wanted, text[value.start : value.end]) + text[value.end :]
    if says(form.read(after)) != says(with_text(root, path, wanted)):
        raise WrittenFileError(f"{'.'.join(path)} cannot be replaced without changing something else; write it simpler")
    return after
