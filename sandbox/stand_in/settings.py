"""The settings of one stand-in."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`time_scale` shortens alarm periods, waits and retry intervals: with 0.1 a minute takes six seconds."""

    port: int
    folder: Path
    time_scale: float = 1.0
    seed: int = 1

    @property
    def endpoint(self) -> str:
        """The URL of every service."""
        return f"http://127.0.0.1:{self.port}"
