"""The file that only Gantry writes: JSON, written whole and sorted, so that it has no conflicts of its own."""

import json
from collections.abc import Mapping
from typing import Any

from gantry.promotion.write_back.errors import WrittenFileError
from gantry.promotion.write_back.key_path import KeyPath

_EMPTY = "{}"


def edited(text: str | None, values: Mapping[KeyPath, str]) -> str:
    """Return the file with these values, and all else that it holds; `text` is None where it does not exist.

    A file that says so already stays as it is, however it is written.

    Raises:
        WrittenFileError: it is no JSON object, gives a name twice, or has no room for a value.
    """
    text = text if text is not None and text.strip() else _EMPTY
    found, wanted = _read(text), _read(text)
    for path, value in values.items():
        _set(wanted, path, value)
    return text if wanted == found else json.dumps(wanted, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def said(text: str | None, path: KeyPath) -> str | None:
    """Return the text at a path, and anything else as JSON; None where there is nothing.

    Raises:
        WrittenFileError: it is no JSON object, or gives a name twice.
    """
    found: Any = _read(text if text is not None and text.strip() else _EMPTY)
    for name in path:
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _set(holder: dict[str, Any], path: KeyPath, value: str) -> None:
    for depth, name in enumerate(path[:-1]):
        holder = holder.setdefault(name, {})
        if not isinstance(holder, dict):
            raise WrittenFileError(f"{'.'.join(path[: depth + 1])} is not a mapping; remove it, or name another key")
    if isinstance(holder.get(path[-1]), dict | list):
        raise WrittenFileError(f"{'.'.join(path)} holds more than one value; remove it, or name another key")
    holder[path[-1]] = value


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        message = f"it is no JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        raise WrittenFileError(f"{message}; correct or delete it") from error
    except RecursionError as error:
        raise WrittenFileError("it is nested too deeply; delete it") from error
    if not isinstance(found, dict):
        raise WrittenFileError("it is no JSON object; correct or delete it")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise WrittenFileError(f"{repeated} is in it {names.count(repeated)} times; keep one")
    return found
