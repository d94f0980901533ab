"""The Python runtime and the architecture that this machine can build for and run."""

import platform
import sys
from typing import Final

PYTHON_RUNTIME: Final = f"python{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURE: Final = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
