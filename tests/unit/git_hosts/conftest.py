"""A small GitHub over a real Git repository, and Gantry's App there, with a key of its own."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gantry.git_hosts.calls import GitHubCalls
from gantry.git_hosts.github import GitHubRepository
from gantry.git_hosts.github_app import GitHubApp
from gantry.promotion.write_back.settings import Mode
from sandbox.stand_in.git_host.server import APP_ID, GitHost

OWNED, VALUES = "prod/gantry.auto.tfvars.json", "charts/prod.yaml"
FILES = {
    VALUES: b"image: {tag: 'old'} # ours\n",
    "README.md": b"Infrastructure\n",
    "a folder/x": b"",
    "large.json": b" " * (1024 * 1024 + 1),
}
Open = Callable[..., GitHubRepository]


@pytest.fixture(scope="session")
def app_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def github(tmp_path: Path, app_key: rsa.RSAPrivateKey) -> Iterator[GitHost]:
    with GitHost(tmp_path / "infra.git", FILES, app_key.public_key()) as running:
        yield running


@pytest.fixture
def app(github: GitHost, app_key: rsa.RSAPrivateKey) -> GitHubApp:
    def sign(content: bytes) -> bytes:
        return app_key.sign(content, padding.PKCS1v15(), hashes.SHA256())

    return GitHubApp(GitHubCalls(github.url), APP_ID, sign)


@pytest.fixture
def opened(app: GitHubApp) -> Open:
    """Open the repository, or another one."""

    def open_it(name: str = "acme/infra", mode: Mode = "commit") -> GitHubRepository:
        return GitHubRepository(app, name, mode)

    return open_it


def fsck(github: GitHost) -> None:
    """Git itself finds nothing wrong with the repository."""
    subprocess.run(["git", "--git-dir", github.repository.folder, "fsck", "--strict"], check=True)  # noqa: S603, S607
