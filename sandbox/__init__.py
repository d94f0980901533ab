"""The pipeline on one machine, in three rooms. Each room imports only from those below it.

`stories` is what is tried on the deployed pipeline. `driver` deploys the pipeline and works with it. `stand_in` is a
local stand-in for AWS with four accounts.
"""

import sys
from pathlib import Path

# The project is not installed, so that nothing but its own folder has its code.
_FUNCTIONS = str(Path(__file__).resolve().parents[1] / "functions")
if _FUNCTIONS not in sys.path:
    sys.path.append(_FUNCTIONS)
