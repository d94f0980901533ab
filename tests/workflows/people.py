"""Somebody with a clone of a repository, made by the program `git`."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_SOMEBODY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_{what}": "octocat@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@dataclass(frozen=True)
class Person:
    """Their clone, of a bare repository."""

    clone: Path
    bare: Path

    @classmethod
    def with_a_clone(cls, clone: Path, bare: Path) -> "Person":
        """Clone a repository, which is made if it is not there."""
        if not bare.exists():
            _git(clone.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        _git(clone.parent, "clone", "--quiet", str(bare), str(clone))
        # As GitHub does; a checkout asks for a commit: https://git-scm.com/docs/git-config
        _git(bare, "config", "uploadpack.allowAnySHA1InWant", "true")
        return cls(clone, bare)

    def replace_all(self, example: Path, change: Callable[[str, str], str | None]) -> None:
        """Have the files of an example and no others; `change` gets each path and text, and may leave it out."""
        for each in self.clone.iterdir():
            if each.name != ".git":
                shutil.rmtree(each) if each.is_dir() else each.unlink()
        for each in sorted(example.rglob("*")):
            path = each.relative_to(example)
            if each.is_dir() or (text := change(path.as_posix(), each.read_text())) is None:
                continue
            (self.clone / path).parent.mkdir(parents=True, exist_ok=True)
            (self.clone / path).write_text(text)
            shutil.copymode(each, self.clone / path)

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a text of a file, which must be there."""
        text = (self.clone / path).read_text()
        assert old in text, text
        (self.clone / path).write_text(text.replace(old, new))

    def push(self, message: str, branch: str = "main") -> str:
        """Commit everything and push it; the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        self.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return self.git("rev-parse", "HEAD")

    def pull(self) -> str:
        """Get what others have pushed to main; the commit."""
        self.git("fetch", "--quiet", "origin", "main")
        self.git("checkout", "--quiet", "-B", "main", "FETCH_HEAD")
        return self.git("rev-parse", "HEAD")

    def git(self, *words: str) -> str:
        """Run git in the clone."""
        return _git(self.clone, *words)


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    done = subprocess.run(command, env=os.environ | _SOMEBODY, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
