"""A Git repository with manifests, made by the program `git`."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.unit.manifest.documents import VALID, text

_NOBODY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_{what}": "nobody@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@dataclass(frozen=True)
class Repository:
    """One on the branch `main`, with a remote that nobody asks."""

    path: Path

    @classmethod
    def make(cls, path: Path, remote: str = "git@github.com:acme/services.git") -> "Repository":
        """Make an empty one."""
        path.mkdir(parents=True)
        made = cls(path)
        made.git("init", "--quiet", "--initial-branch=main")
        made.git("remote", "add", "origin", remote)
        return made

    def git(self, *arguments: str) -> str:
        """Run git in it."""
        environment = os.environ | _NOBODY
        command = ["git", "-C", str(self.path), *arguments]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 -- ours
        return done.stdout.strip()

    def commit(self, **changes: str | None) -> str:
        """Write files of `services/`, by the names of the services, and commit; None deletes one. Its hash."""
        for name, content in changes.items():
            self.write(f"services/{name}.yaml", content)
        return self.commit_all()

    def write(self, path: str, content: str | None) -> Path:
        """Write a file, or delete it."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True) if content is None else file.write_text(content)
        return file

    def commit_all(self) -> str:
        """Commit everything, also nothing."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "A change")
        return self.git("rev-parse", "HEAD")


def manifest(service: str, memory: int = 512) -> str:
    """A valid manifest."""
    return text(VALID | {"repository": service, "configuration": {"memory_mb": memory}})
