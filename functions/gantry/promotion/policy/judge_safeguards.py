"""What makes the judge protect an environment less than before."""

from collections.abc import Iterator

from gantry.promotion import durations
from gantry.promotion.judge.looks import watch_seconds
from gantry.promotion.judge.settings import JudgeSettings, MetricQuery, OnInconclusive
from gantry.promotion.manifest.content import Environment

_FROM_SAFE: tuple[OnInconclusive, ...] = ("roll_back", "ask", "promote")
_OUTCOMES = {"ask": "people may promote it", "promote": "it is promoted"}


def weaker_judge(environment: Environment, changed: Environment) -> Iterator[str]:
    """Yield each way in which a changed environment judges a canary less strictly, one sentence each."""
    before, after = environment.judge, changed.judge
    was, now = before.bake_after_seconds, after.bake_after_seconds
    if now < was:
        watched = f"watched for {durations.text(now)} instead of {durations.text(was)}" if now else "no longer watched"
        yield f"once it has all traffic, a version is {watched}"
    if before.mode == "observe":
        return
    if after.mode == "observe":
        yield "the judge only records now, and alarms alone decide"
        return
    yield from _less_evidence(before, after)
    yield from _promoted_sooner(environment, changed)
    yield from _more_tolerance(before, after)
    yield from _weaker_queries(before, after)


def _less_evidence(before: JudgeSettings, after: JudgeSettings) -> Iterator[str]:
    if after.minimum_requests < before.minimum_requests:
        yield f"{after.minimum_requests} instead of {before.minimum_requests} requests are evidence enough"
    if after.minimum_minutes < before.minimum_minutes:
        yield f"{after.minimum_minutes} instead of {before.minimum_minutes} minutes with requests are evidence enough"
    if before.every_step and not after.every_step:
        yield "only the last step needs it shown that the new version is not worse"
    if after.advance_early and not before.advance_early:
        yield "a step may end before its bake does"
    if _FROM_SAFE.index(after.on_inconclusive) > _FROM_SAFE.index(before.on_inconclusive):
        yield f"when too little is known of a new version, {_OUTCOMES[after.on_inconclusive]}"


def _promoted_sooner(environment: Environment, changed: Environment) -> Iterator[str]:
    if not environment.judge.on_inconclusive == changed.judge.on_inconclusive == "promote":
        return
    was, now = (watch_seconds(each.plan, each.judge) for each in (environment, changed))
    if 0 < now < was:
        after = f"{durations.text(now)} instead of {durations.text(was)}"
        yield f"a version of which too little is known is promoted after {after}"


def _more_tolerance(before: JudgeSettings, after: JudgeSettings) -> Iterator[str]:
    was, now = before.tolerated_error_rate_increase, after.tolerated_error_rate_increase
    if now > was:
        yield f"{now:g} instead of {was:g} points more failed requests are tolerated"
    if after.missed_bad_rate > before.missed_bad_rate:
        yield f"{after.missed_bad_rate:g} instead of {before.missed_bad_rate:g} % of bad versions may be promoted"
    if after.false_alarm_rate < before.false_alarm_rate:
        rates = f"{after.false_alarm_rate:g} instead of {before.false_alarm_rate:g} %"
        yield f"a bad version is rolled back later, because {rates} of versions at the tolerance may be"
    if before.slow_after_ms and after.slow_after_ms is None:
        yield "slow requests are no longer judged"
    if before.slow_after_ms and after.slow_after_ms and after.slow_after_ms > before.slow_after_ms:
        yield f"requests are slow after {after.slow_after_ms} ms instead of {before.slow_after_ms} ms"


def _weaker_queries(before: JudgeSettings, after: JudgeSettings) -> Iterator[str]:
    now = {each.name: each for each in after.queries}
    for query in before.queries:
        if query.name not in now:
            yield f"no longer asked: the query {query.name}"
        elif not _is_as_strict(query, now[query.name]):
            yield f"the query {query.name} asks for something else, or for less"


def _is_as_strict(before: MetricQuery, after: MetricQuery) -> bool:
    if (before.metrics, before.expression) != (after.metrics, after.expression) or after.minutes > before.minutes:
        return False
    limits = (
        (before.at_most, after.at_most),
        (after.at_least, before.at_least),
        (before.above_stable, after.above_stable),
    )
    return all(_is_within(new, old) for old, new in limits)


def _is_within(value: float | None, limit: float | None) -> bool:
    return value == limit if value is None or limit is None else value <= limit
