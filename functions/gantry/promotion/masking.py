"""The values of settings as people may see them: what looks like a secret is masked, what is very long is shortened.

What stands for a hidden value ends with a keyed hash of all of it, so that values are compared as a whole. `shown`
turns the hash into four hex digits, and people never see more of it.
"""

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence

from gantry.promotion.references.reference import read
from gantry.promotion.secret_values import holds_a_secret, is_secret, names_a_secret

LONGEST = 200
"""Characters of one value that people see."""

_MASK = "••••••"
_HASH_LENGTH = 22
"""Characters of base64, six bits each."""
_HASH = re.compile(r"#[A-Za-z0-9_-]{22}")
_FOUR_DIGITS = re.compile(r"(•{6}|…) #[0-9a-f]{4}")

_OPTION = re.compile(r"--?[A-Za-z][\w.-]*")
_ASSIGNMENT = re.compile(r"(-{0,2}[A-Za-z_][\w.-]*)=(.*)", re.DOTALL)


class Masking:
    """Makes what stands for values in the ledger.

    Args:
        key: returns the pipeline's own key. It is asked for only when a value is hidden.
    """

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def value(self, name: str, value: str) -> str:
        """Return what stands for the value of an environment variable."""
        return self._hash(name, value) if is_secret(name, value) else self.text(name, value)

    def text(self, name: str, value: str, longest: int = LONGEST) -> str:
        """Return what stands for a value that is no secret. A reference says only where one lies."""
        if read(value):
            return value
        if _passes_for_a_mask(value):
            return self._hash(name, value)
        return value if len(value) <= longest else f"{value[:longest]}…{self._hash(name, value)}"

    def command(self, arguments: Sequence[str]) -> str:
        """Return a command as a JSON list, in which `--password=…` and the argument after `--password` are masked."""
        text = _command(arguments, lambda name, value: shown(self._hash(name, value)))
        if len(text) > LONGEST:
            return f"{text[:LONGEST]}…{self._hash('command', _json(arguments))}"
        return text if text == _json(arguments) else f"{text}{self._hash('command', _json(arguments))}"

    def _hash(self, name: str, value: str) -> str:
        """Return 132 bits of a keyed hash. Without the key, nobody can test guesses.

        The name is part of it, so two variables with the same secret do not look alike.
        """
        digest = hmac.new(self._key(), f"{name}={value}".encode(errors="surrogatepass"), hashlib.sha256).digest()
        return f"#{urlsafe_b64encode(digest).decode()[:_HASH_LENGTH]}"


def shown(stored: str) -> str:
    """Return what people see of what stands for a value: four hex digits instead of the hash, words for a reference.

    Two values may have the same four digits. So compare what is stored, never what is shown.
    """
    if reference := read(stored):
        return reference.words
    text, hashed = stored[: -_HASH_LENGTH - 1], stored[-_HASH_LENGTH - 1 :]
    if not (_HASH.fullmatch(hashed) and (not text or text.endswith(("…", "]")))):
        return stored
    digits = urlsafe_b64decode(hashed[1:5])[:2].hex()
    return f"{text or _MASK} #{digits}"


def is_comparable(stored: str) -> bool:
    """Whether the whole value is behind it. Earlier versions of Gantry kept four digits of a hash without a key."""
    return shown(stored) != stored or not _FOUR_DIGITS.search(stored)


def hidden_value(name: str, value: str) -> str:
    """Return a value for an error's message: a secret is masked without any digits."""
    if reference := read(value):
        return reference.words
    if is_secret(name, value) or _passes_for_a_mask(value):
        return _MASK
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"


def hidden_command(arguments: Sequence[str]) -> str:
    """Return a command for an error's message: secrets are masked without any digits."""
    text = _command(arguments, lambda _name, _value: _MASK)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def is_hidden_command(arguments: Sequence[str]) -> bool:
    """Whether a command has an argument that looks like a secret."""
    return _command(arguments, lambda _name, _value: _MASK) != _json(arguments)


def _command(arguments: Sequence[str], mask: Callable[[str, str], str]) -> str:
    return _json([_argument(before, each, mask) for before, each in zip(("", *arguments), arguments, strict=False)])


def _argument(before: str, argument: str, mask: Callable[[str, str], str]) -> str:
    if _OPTION.fullmatch(before) and names_a_secret(before, argument):
        return mask(before, argument)
    if assignment := _ASSIGNMENT.fullmatch(argument):
        name, value = assignment.groups()
        return f"{name}={mask(name, value)}" if is_secret(name, value) else argument
    is_hidden = holds_a_secret(argument) or _passes_for_a_mask(argument)
    return mask("command", argument) if is_hidden else argument


def _passes_for_a_mask(value: str) -> bool:
    """Whether a value would be taken for what stands for another one."""
    return _MASK in value or shown(value) != value


def _json(arguments: Sequence[str]) -> str:
    return json.dumps(list(arguments), ensure_ascii=False)
