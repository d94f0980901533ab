"""So much of a verdict's reasons that a machine can carry those of all steps."""

from gantry.promotion.judge.explanation import shortened_reasons


def test_few_short_reasons_stay_as_they_are() -> None:
    assert shortened_reasons(("one", "two")) == ("one", "two")


def test_many_and_long_ones_are_cut_and_counted() -> None:
    kept = shortened_reasons(tuple(f"{number} {'x' * 1_000}" for number in range(31)))
    assert kept[-1] == "and 26 more"
    assert sum(map(len, kept)) < 1_700
