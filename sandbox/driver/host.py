"""The Python and the architecture that this machine can build for and run."""

import platform
import sys
from typing import Final

PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURE: Final = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
WHEELS: Final = f"manylinux2014_{'aarch64' if ARCHITECTURE == 'arm64' else ARCHITECTURE}"
"""The platform of the wheels that this machine can import, as pip names it."""
