"""A variable whose value lies elsewhere: in Parameter Store or Secrets Manager, of the target's account and region.

A revision gets its place and version as text, in the form of CloudFormation's dynamic references without their braces,
which not every service takes. A program reads the value there, and nobody else.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Store = Literal["parameter", "secret"]
PARAMETER: Store = "parameter"
SECRET: Store = "secret"  # noqa: S105 -- a word of the manifest
LONGEST_VERSION = 64
"""Characters of a secret's version: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html"""
_SHORT = 8
_TEXT = re.compile(
    r"resolve:(?:ssm:(?P<parameter>[^:]+)(?::(?P<number>[0-9]+))?"
    r"|secretsmanager:(?P<secret>[^:]+):SecretString:(?P<key>[^:]*)(?:::(?P<id>[^:]+))?)"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a value lies. It is read in the account and region of each target."""

    store: Store
    name: str
    key: str = ""
    """Of a secret that is a JSON object: which of its values; empty for all of it."""

    def text(self, version: str = "") -> str:
        """Return what a revision gets: `resolve:ssm:/cowsay/prod/url:7`; without a version, what the manifest says."""
        if self.store == PARAMETER:
            return f"resolve:ssm:{self.name}{version and f':{version}'}"
        return f"resolve:secretsmanager:{self.name}:SecretString:{self.key}{version and f'::{version}'}"

    @property
    def called(self) -> str:
        """For people: `secret cowsay/db`."""
        return f"{self.store} {self.name}"


@dataclass(frozen=True, slots=True)
class ReadText:
    """What a text says of a reference."""

    reference: Reference
    version: str
    """Empty where the text has none."""

    @property
    def words(self) -> str:
        """For people: `secret cowsay/db, key password, version 1f9c2e07`."""
        key = f", key {self.reference.key}" if self.reference.key else ""
        short = self.version[:_SHORT] if self.reference.store == SECRET else self.version
        return f"{self.reference.called}{key}{short and f', version {short}'}"


def read(text: str) -> ReadText | None:
    """Return the reference that a text is, and its version; None for any other text."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    if found["parameter"]:
        return ReadText(Reference(PARAMETER, found["parameter"]), found["number"] or "")
    return ReadText(Reference(SECRET, found["secret"], found["key"]), found["id"] or "")


def references_in(configuration: Mapping[str, Any]) -> tuple[Reference, ...]:
    """Return each reference in an environment's configuration once, in order."""
    found = (read(text) for text in _texts(configuration))
    return tuple(dict.fromkeys(each.reference for each in found if each))


def pinned(configuration: Mapping[str, Any], versions: Mapping[str, str]) -> dict[str, Any]:
    """Return a configuration with versions in its references.

    Args:
        configuration: a release's, by the manifest's keys.
        versions: by the text of a reference without a version, the one with it.
    """
    return {
        key: {name: _pinned(text, versions) for name, text in each.items()} if isinstance(each, Mapping) else each
        for key, each in configuration.items()
    }


def _pinned(value: object, versions: Mapping[str, str]) -> object:
    return versions.get(value, value) if isinstance(value, str) else value


def _texts(configuration: Mapping[str, Any]) -> Iterator[str]:
    for each in configuration.values():
        if isinstance(each, Mapping):
            yield from (text for text in each.values() if isinstance(text, str))
