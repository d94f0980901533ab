from typing import TYPE_CHECKING

import pytest

from gantry.aws.hooks import Hook, Hooks
from gantry.aws.leases import Leases
from gantry.promotion.errors import LeaseLostError
from gantry.promotion.lease import Contender, Lease

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

ID = "5f2b8c"


@pytest.fixture
def hooks(table: "Table") -> Hooks:
    return Hooks(table)


@pytest.fixture
def hook(deployment: Contender) -> Hook:
    return Hook("222222222222", deployment.owner, "token-1", 1_795_000_000)


def test_an_id_finds_who_waits_for_its_answer(hooks: Hooks, hook: Hook, held: Lease) -> None:
    hooks.register(ID, hook, held.target, held.fence)
    assert hooks.find(ID) == hook
    assert hooks.find("another") is None


def test_another_try_replaces_the_token(hooks: Hooks, hook: Hook, held: Lease) -> None:
    hooks.register(ID, hook, held.target, held.fence)
    again = Hook(hook.account, hook.execution, "token-2", hook.expires_at)
    hooks.register(ID, again, held.target, held.fence)
    assert hooks.find(ID) == again


def test_only_the_holder_of_the_lease_registers(hooks: Hooks, hook: Hook, held: Lease, table: "Table") -> None:
    Leases(table).change(held.target, lambda now: now.fenced(hook.execution))
    with pytest.raises(LeaseLostError):
        hooks.register(ID, hook, held.target, held.fence)
    assert hooks.find(ID) is None


def test_no_token_is_shown(hook: Hook) -> None:
    assert "token-1" not in repr(hook)
