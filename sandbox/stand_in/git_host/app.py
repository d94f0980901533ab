"""The App of the small GitHub: it checks signatures by the App's public key, and gives tokens that end."""

from __future__ import annotations

import base64
import json
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_LONGEST_CLAIM = 600
"""Seconds from now until a JSON Web Token ends:
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app"""
_HOUR = 3600
_LEVELS = ("none", "read", "write")
"""Each includes those before it."""


@dataclass
class App:
    """An App with one installation."""

    app_id: str
    key: RSAPublicKey
    rights: dict[str, str] = field(default_factory=lambda: {"contents": "write", "pull_requests": "write"})
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    """The rights of each token that has not ended."""
    given: int = 0

    def is_signed(self, token: str) -> bool:
        """Whether a JSON Web Token is the App's own, and is meant for now."""
        head, _, signature = token.rpartition(".")
        try:
            self.key.verify(_decoded(signature), head.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        claims: dict[str, Any] = json.loads(_decoded(head.partition(".")[2]))
        now = time.time()
        is_ours: bool = claims["iss"] == self.app_id
        return is_ours and claims["iat"] <= now < claims["exp"] <= now + _LONGEST_CLAIM

    def new_token(self, wanted: dict[str, str]) -> dict[str, Any] | None:
        """Return a token with these rights, or less; None when the installation does not have them.

        https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
        """
        if not all(
            level in _LEVELS[: _LEVELS.index(self.rights.get(name, "none")) + 1] for name, level in wanted.items()
        ):
            return None
        # The form that GitHub's tokens have since 2026 is long.
        token = f"ghs_{self.app_id}_{uuid.uuid4().hex}{'x' * 300}"
        self.tokens[token] = wanted
        self.given += 1
        ends = datetime.fromtimestamp(time.time() + _HOUR, UTC)
        return {"token": token, "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"), "permissions": wanted}

    def expire(self) -> None:
        """End all tokens now."""
        self.tokens.clear()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
