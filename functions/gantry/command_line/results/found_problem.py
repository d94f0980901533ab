"""One thing that is wrong with a file, and where it stands."""

import re
from dataclasses import dataclass

from gantry.promotion.errors import ManifestError, PolicyError
from gantry.promotion.manifest.problem import Problem, path

_LINE = re.compile(r"line (\d+)(?:, column \d+)?: ")


@dataclass(frozen=True, slots=True)
class FoundProblem:
    """A problem or a warning, for people and for programs."""

    text: str
    """All of it, without the line: `environments[0].name (environment Dev): 'Dev' is not …`."""
    line: int | None
    """In the file, from 1; None where it is about the file as a whole."""
    path: str | None
    """Where it stands, such as `environments[0].name`."""
    about: str | None
    """Which environment, or which rule of a policy file, by its name: `environment prod`."""

    @classmethod
    def of(cls, problem: Problem) -> "FoundProblem":
        """Return a problem of a file that could be read as YAML."""
        return cls(problem.said, problem.line, path(problem.location) if problem.location else None, problem.about)

    @classmethod
    def of_file(cls, text: str) -> "FoundProblem":
        """Return what is wrong with a file as a whole, or with its YAML, whose text begins with its line."""
        found = _LINE.match(text)
        return cls(text, int(found[1]) if found else None, None, None)

    def after(self, file: object) -> str:
        """Return the line for people: `services/cowsay.yaml:7: …`."""
        where = f"{file}:{self.line}" if self.line else str(file)
        return f"{where}: {_LINE.sub('', self.text, count=1)}"


def found_problems(error: ManifestError | PolicyError) -> tuple[FoundProblem, ...]:
    """Return the problems of a refused file, one by one."""
    if error.problems:
        return tuple(map(FoundProblem.of, error.problems))
    return tuple(map(FoundProblem.of_file, str(error).splitlines()))
