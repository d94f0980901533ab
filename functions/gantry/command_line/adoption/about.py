"""Makes findings about one function."""

from dataclasses import dataclass

from gantry.command_line.adoption.found_function import FoundFunction
from gantry.command_line.results.adopted import Finding, Level

PAGE = "docs/bringing-your-functions.md"


@dataclass(frozen=True, slots=True)
class About:
    """Makes findings about one function."""

    found: FoundFunction

    def blocks(self, name: str, what: str, remedy: str) -> Finding:
        """Return what is in the way."""
        return self._finding(name, Level.BLOCKS, what, remedy)

    def changes(self, name: str, what: str, remedy: str | None = None) -> Finding:
        """Return what will be otherwise."""
        return self._finding(name, Level.CHANGES, what, remedy)

    def check(self, name: str, what: str, remedy: str | None = None) -> Finding:
        """Return what a person has to look at."""
        return self._finding(name, Level.CHECK, what, remedy)

    def stays(self, name: str, what: str, remedy: str | None = None) -> Finding:
        """Return what stays as it is."""
        return self._finding(name, Level.STAYS, what, remedy)

    def unknown(self, name: str, what: str, remedy: str) -> Finding:
        """Return what could not be looked at."""
        return self._finding(name, Level.UNKNOWN, what, remedy)

    def _finding(self, name: str, level: Level, what: str, remedy: str | None) -> Finding:
        return Finding(name, level, self.found.environment, self.found.id, what, remedy)
