"""What a binding of the policy file says of the kind `walking`."""

from tests.unit.targets.memory.binding import bound_names as bound_names  # noqa: PLC0414 -- the registry takes it from here
