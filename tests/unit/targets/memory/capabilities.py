"""What the kind `memory` can do."""

from tests.unit.targets.memory.schema import CAPABILITIES

__all__ = ["CAPABILITIES"]
