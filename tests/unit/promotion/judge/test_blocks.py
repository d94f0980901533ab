from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.judge.blocks import blocks
from gantry.promotion.judge.e_values import Block

minutes = st.lists(st.builds(Block, st.integers(0, 3), st.just(0), st.integers(0, 9), st.just(0)), max_size=200)


def test_two_hours_have_a_block_a_minute_and_a_day_has_240() -> None:
    minute = Block(1, 0, 9, 1)
    assert list(blocks([minute] * 120)) == [minute] * 120
    a_day = list(blocks([minute] * 1_440))
    assert len(a_day) == 240
    assert a_day[120] == Block(5, 0, 45, 5)
    assert a_day[-1] == Block(15, 0, 135, 15)


def test_a_block_waits_for_the_canarys_first_request_and_loses_no_other() -> None:
    assert list(blocks([Block(0, 0, 9, 1), Block(0, 0, 8, 0), Block(1, 1, 7, 0), Block(0, 0, 5, 0)])) == [
        Block(1, 1, 24, 1)
    ]


@given(minutes, minutes)
def test_a_later_look_has_the_same_blocks_and_more(seen: list[Block], later: list[Block]) -> None:
    earlier = list(blocks(seen))
    assert list(blocks(seen + later))[: len(earlier)] == earlier


@given(minutes)
def test_failures_move_no_block(seen: list[Block]) -> None:
    failing = [Block(each.canary, each.canary, each.stable, each.stable) for each in seen]
    sizes = [(each.canary, each.stable) for each in blocks(seen)]
    assert [(each.canary, each.stable) for each in blocks(failing)] == sizes
