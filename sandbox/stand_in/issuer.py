"""A small OpenID Connect issuer on 127.0.0.1, for tests. It publishes its key and signs tokens with it.

It stands for the identity provider that a JWT authorizer trusts. AWS accepts only https addresses; this one is http.
https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from http.server import BaseHTTPRequestHandler
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.stand_in.local_server import LocalServer

_KEY_BITS = 2048
_EXPONENT = 65537
_TOKEN_SECONDS = 300


class Issuer(LocalServer):
    """A running issuer: `with Issuer() as issuer: issuer.token(email="ops@example.com", audience="gantry")`."""

    def __init__(self) -> None:
        # API Gateway caches an issuer's documents for two hours, so each issuer has its own address.
        self._path = f"/{uuid.uuid4().hex}"
        self._kid = uuid.uuid4().hex
        self._key = rsa.generate_private_key(_EXPONENT, _KEY_BITS)
        super().__init__()
        self.url += self._path

    def token(self, *, email: str, audience: str | list[str], **claims: object) -> str:
        """Return a token that is valid for five minutes; a claim that is None is left out."""
        now = int(time.time())
        standard = {"iss": self.url, "sub": email, "aud": audience, "email": email}
        dates = {"iat": now - 1, "exp": now + _TOKEN_SECONDS}
        chosen = {name: value for name, value in {**standard, **dates, **claims}.items() if value is not None}
        return self.signed(chosen)

    def signed(self, claims: object, **header: object) -> str:
        """Sign anything, also something that is not a set of claims."""
        parts = ({"alg": "RS256", "typ": "JWT", "kid": self._kid, **header}, claims)
        message = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
        signature = self._key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{message}.{_encoded(signature)}"

    def _documents(self) -> dict[str, dict[str, Any]]:
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self._kid}
        key |= {"n": _number(numbers.n), "e": _number(numbers.e)}
        discovery = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "authorization_endpoint": f"{self.url}/authorize",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return {f"{self._path}/.well-known/openid-configuration": discovery, f"{self._path}/keys": {"keys": [key]}}

    def _handler(issuer) -> type[BaseHTTPRequestHandler]:  # noqa: N805 -- the handler inside has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                document = issuer._documents().get(self.path)
                body = json.dumps(document).encode()
                self.send_response(404 if document is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class' own name
                pass

        return Handler


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
