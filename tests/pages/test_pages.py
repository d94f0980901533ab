"""Every command block of the README, the deploying page and the pages for people on call works as it is printed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.stand_in.process import StandIn
from sandbox.stand_in.settings import UNHURRIED_ECS_MINUTE, Limits
from tests.pages.blocks import Block, blocks
from tests.pages.reader import Reader
from tests.pages.stand_ins import WHY
from tests.pages.steps import NOT_RUN, STEPS, Step, answers_of, is_shown

BLOCKS = {each.name: each for each in blocks()}
TIME_SCALE = 0.02


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    limits = Limits(ecs_minute=UNHURRIED_ECS_MINUTE)
    with StandIn(time_scale=TIME_SCALE, limits=limits) as running:
        yield Reader.with_a_checkout(running, tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def failed() -> list[str]:
    """The steps that have failed: those after them have nothing to stand on."""
    return []


def test_every_block_is_followed_or_has_a_reason() -> None:
    assert sorted([*NOT_RUN, *(each.block for each in STEPS)]) == sorted(BLOCKS)


def test_what_stands_in_for_a_program_has_a_reason() -> None:
    assert all(WHY.values())
    assert all(NOT_RUN.values())


def test_the_shortest_way_of_the_readme_has_only_commands_that_are_followed() -> None:
    followed = {line for step in STEPS for line in _block(step).commands}
    shortest = [line for name, each in BLOCKS.items() if "Deploying on AWS" in name for line in each.commands]
    assert shortest
    assert set(shortest) <= followed


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.block)
def test_a_block_works_as_it_is_printed(step: Step, reader: Reader, failed: list[str]) -> None:
    if failed:
        pytest.fail(f"not followed, because this failed before: {failed[0]}", pytrace=False)
    failed.append(step.block)
    _follow(step, reader)
    failed.clear()


def _follow(step: Step, reader: Reader) -> None:
    block = _block(step)
    step.before(reader)
    answers = answers_of(step, reader)
    with ThreadPoolExecutor(1) as somebody:
        done = somebody.submit(step.meanwhile, reader)
        if len(step.accounts) > 1:
            ended = reader.follow_in_each(block, step.accounts, answers)
        else:
            ended = [reader.follow(block, step.accounts[0], answers, dict(step.replaced))]
    failure = done.exception()
    for account, ran in zip(step.accounts, ended, strict=True):
        assert ran.code == step.code, f"in {account}: {ran.code}\n{ran.printed}"
        for pattern in step.shows:
            assert is_shown(pattern, ran.printed), f"in {account}: no {pattern}\n{ran.printed}"
    assert failure is None, failure
    step.after(reader)


def _block(step: Step) -> Block:
    return BLOCKS[step.block]
