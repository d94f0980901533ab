"""What the kind `walking` can do."""

from dataclasses import replace

from tests.unit.targets.memory.schema import CAPABILITIES as MEMORY

CAPABILITIES = replace(MEMORY, shifts_itself=True)
