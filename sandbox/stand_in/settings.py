"""How one stand-in runs."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`time_scale` shortens alarm periods, waits and retry intervals: 0.1 makes a minute six seconds."""

    port: int
    folder: Path
    time_scale: float = 1.0
    seed: int = 1

    @property
    def endpoint(self) -> str:
        """Where every service answers."""
        return f"http://127.0.0.1:{self.port}"
