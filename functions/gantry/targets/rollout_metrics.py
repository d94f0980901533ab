"""Ask CloudWatch about a rollout: everything in one call, as long as no query of the manifest spoils it."""

from collections.abc import Mapping

from gantry.aws.cloudwatch_errors import NO_TIME
from gantry.aws.deadline import Deadline
from gantry.aws.metric_data import InvalidQueriesError, MetricData, MetricsUnknownError, Series
from gantry.targets.rollout_queries import RolloutQueries

_SECONDS = 10
"""After so long, none of the manifest's queries is asked alone any more."""


def look_up_rollout(metrics: MetricData, queries: RolloutQueries) -> tuple[Mapping[str, Series], Mapping[str, str]]:
    """Return the series by their ids; and of those of the manifest's queries that have none, why.

    CloudWatch refuses a call as a whole when one query is invalid. Then each of the manifest's is asked alone.

    Raises:
        MetricsUnknownError: CloudWatch does not answer about the service's own metrics.
    """
    deadline = Deadline.after(_SECONDS)
    own, since, until = queries.own(), queries.since, queries.until
    try:
        everything = [*queries.of_service(), *(each for one in own.values() for each in one)]
        return metrics.look_up(everything, since, until), {}
    except InvalidQueriesError:
        if not own:
            raise
    found, refused = dict(metrics.look_up(queries.of_service(), since, until)), {}
    for name, one in own.items():
        if not deadline.left():
            refused[name] = NO_TIME
            continue
        try:
            found.update(metrics.look_up(one, since, until))
        except MetricsUnknownError as error:
            refused[name] = str(error)
    return found, refused
