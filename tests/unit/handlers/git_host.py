"""A GitHub with the repository acme/infra, and an App that signs with a key of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gantry.git_hosts.calls import GitHubCalls
from gantry.git_hosts.github_app import GitHubApp
from gantry.use_cases.services import Services
from sandbox.stand_in.git_host.server import APP_ID, GitHost

VALUES = b"image: {tag: old, digest: old}\n"


@cache
def key() -> rsa.RSAPrivateKey:
    """Made once: it takes longer than most tests."""
    return rsa.generate_private_key(65537, 2048)


def sign(content: bytes) -> bytes:
    return key().sign(content, padding.PKCS1v15(), hashes.SHA256())


@contextmanager
def github_of(services: Services, folder: Path) -> Iterator[GitHost]:
    """The pipeline was deployed with this App while the block lasts."""
    with GitHost(folder / "infra.git", {"charts/prod.yaml": VALUES}, key().public_key()) as running:
        services._environment = {**services._environment, "GITHUB_APP_ID": APP_ID}
        vars(services)["_app"] = GitHubApp(GitHubCalls(running.url), APP_ID, sign)
        yield running
