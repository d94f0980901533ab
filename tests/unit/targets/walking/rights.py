"""What a session for one target of the kind `walking` may do."""

from tests.unit.targets.memory.rights import rights as rights  # noqa: PLC0414 -- the registry takes it from here
